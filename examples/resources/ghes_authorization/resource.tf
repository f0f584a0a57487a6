resource "ghes_authorization" "ci" {
  note     = "CI: clone, and set commit statuses"
  note_url = "https://ci.example.com"
  scopes   = ["repo"]
}

output "ci_token" {
  value     = ghes_authorization.ci.token
  sensitive = true
}
