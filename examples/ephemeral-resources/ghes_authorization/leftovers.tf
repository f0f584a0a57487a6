data "ghes_authorizations" "left" {
  note_prefix = "deploy "
}

output "left" {
  value = { for a in data.ghes_authorizations.left.authorizations : a.id => a.created_at }
}
