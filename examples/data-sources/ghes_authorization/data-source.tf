# A personal access token, selected by its note.
data "ghes_authorization" "ci" {
  note = "CI: clone, and set commit statuses"
}

# An OAuth app token, selected by the app and the fingerprint.
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
