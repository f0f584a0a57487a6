data "ghes_authorizations" "ci" {
  note_prefix = "ci-"
}

output "audit_log_searches" {
  value = {
    for a in data.ghes_authorizations.ci.authorizations :
    a.note => "hashed_token:\"${provider::ghes::audit_log_hash(a.hashed_token)}\""
  }
}
