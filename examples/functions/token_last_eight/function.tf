# A leaked token.
variable "found" {
  type      = string
  sensitive = true
}

data "ghes_authorizations" "all" {}

output "whose" {
  value = {
    for a in data.ghes_authorizations.all.authorizations : a.id => a.note
    if a.token_last_eight == nonsensitive(provider::ghes::token_last_eight(var.found))
  }
}
