action "ghes_revoke_authorizations" "leaked" {
  config {
    note_prefix = "backup"
    dry_run     = true
  }
}
