variable "leaked" {
  type      = string
  sensitive = true
}

output "audit_log_search" {
  value = "hashed_token:\"${provider::ghes::audit_log_hash(nonsensitive(provider::ghes::token_sha256(var.leaked)))}\""
}
