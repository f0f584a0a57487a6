import {
  to = ghes_authorization.ci
  id = "123"
}

resource "ghes_authorization" "ci" {
  note   = "CI"
  scopes = ["repo"]
}
