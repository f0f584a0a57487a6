variable "client_id" {
  type = string
}

variable "client_secret" {
  type      = string
  sensitive = true
  ephemeral = true
}

# The secret is in neither plan nor state. Before Terraform and OpenTofu 1.11 take
# client_secret, which is kept in both.
resource "ghes_authorization" "deployer" {
  client_id        = var.client_id
  client_secret_wo = var.client_secret
  fingerprint      = "builder-1"
  scopes           = ["repo_deployment"]
}
