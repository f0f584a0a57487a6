# A personal access token, by its note.
data "ghes_authorization" "ci" {
  note = "CI: clone, and set commit statuses"
}

# An OAuth app's token.
data "ghes_authorization" "deployer" {
  client_id   = "1234567890abcdefghij"
  fingerprint = "builder-1"
}

output "scopes" {
  value = {
    ci       = data.ghes_authorization.ci.scopes
    deployer = data.ghes_authorization.deployer.scopes
  }
}
