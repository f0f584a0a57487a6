import {
  to = ghes_authorization.ci
  identity = {
    id = 123
  }
}
