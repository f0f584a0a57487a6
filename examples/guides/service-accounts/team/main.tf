terraform {
  required_providers {
    ghes = { source = "ghes-tools/ghes" }
  }
}

resource "ghes_authorization" "ci" {
  note   = "CI"
  scopes = ["repo"]
}
