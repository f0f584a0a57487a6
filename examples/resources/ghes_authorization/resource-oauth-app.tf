variable "client_id" {
  type = string
}

variable "client_secret" {
  type      = string
  sensitive = true
  ephemeral = true
}

# Neither plan nor state contains the secret. With Terraform or OpenTofu earlier
# than 1.11, use client_secret, which both contain.
resource "ghes_authorization" "deployer" {
  client_id        = var.client_id
  client_secret_wo = var.client_secret
  fingerprint      = "builder-1"
  scopes           = ["repo_deployment"]
}
