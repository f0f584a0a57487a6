import {
  to = ghes_authorization.ci
  id = "123"
}
