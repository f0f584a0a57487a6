# The token that CI uses.
variable "ci_token" {
  type      = string
  sensitive = true
}

data "ghes_authorization" "ci" {
  note = "CI"
}

check "ci_token" {
  assert {
    condition     = nonsensitive(provider::ghes::token_sha256(var.ci_token)) == data.ghes_authorization.ci.hashed_token
    error_message = "CI does not use the current token."
  }
}
