# All tokens that can set commit statuses, including those with the wider scope repo.
data "ghes_authorizations" "statuses" {
  note_prefix = "CI:"
  scopes      = ["repo:status"]
}

output "notes" {
  value = { for a in data.ghes_authorizations.statuses.authorizations : a.id => a.note }
}
