variable "client_id" {
  type = string
}

# terraform apply -invoke=action.ghes_revoke_grant.leaked
action "ghes_revoke_grant" "leaked" {
  config {
    client_id = var.client_id
  }
}
