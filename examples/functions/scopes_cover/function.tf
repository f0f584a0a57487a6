variable "scopes" {
  type    = set(string)
  default = ["repo", "gist"]
}

resource "ghes_authorization" "ci" {
  note   = "CI"
  scopes = var.scopes

  lifecycle {
    precondition {
      condition     = provider::ghes::scopes_cover(var.scopes, ["repo:status", "public_repo"])
      error_message = "CI needs the scopes repo:status and public_repo, to set commit statuses and to clone."
    }
  }
}
