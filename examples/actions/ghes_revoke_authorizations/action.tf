# terraform apply -invoke=action.ghes_revoke_authorizations.left
action "ghes_revoke_authorizations" "left" {
  config {
    note_prefix     = "deploy "
    older_than_days = 1
    dry_run         = true # remove this line when the output lists the right tokens
  }
}
