data "ghes_authorization" "ci" {
  note = "CI"
}

output "audit_log_search" {
  value = "hashed_token:\"${provider::ghes::audit_log_hash(data.ghes_authorization.ci.hashed_token)}\""
}
