# Every token that can set commit statuses, those with the wider scope repo
# included.
data "ghes_authorizations" "statuses" {
  note_prefix = "CI:"
  scopes      = ["repo:status"]
}

output "notes" {
  value = { for a in data.ghes_authorizations.statuses.authorizations : a.id => a.note }
}
