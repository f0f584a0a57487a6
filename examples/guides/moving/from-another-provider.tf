moved {
  from = restapi_object.ci
  to   = ghes_authorization.ci
}

resource "ghes_authorization" "ci" {
  note   = "CI"
  scopes = ["repo"]
}
