import {
  to = ghes_rotating_authorization.deploy
  id = "123"
}
