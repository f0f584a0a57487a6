# The scopes that each job needs. All jobs use one token.
locals {
  jobs = {
    release = ["repo", "write:packages"]
    status  = ["repo:status"]
  }
}

resource "ghes_authorization" "ci" {
  note   = "CI"
  scopes = provider::ghes::normalize_scopes(flatten(values(local.jobs)))
}

output "scopes" {
  value = ghes_authorization.ci.scopes # repo and write:packages
}
