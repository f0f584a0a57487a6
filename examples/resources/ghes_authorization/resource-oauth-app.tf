variable "client_id" {
  type = string
}

variable "client_secret" {
  type      = string
  sensitive = true
}

resource "ghes_authorization" "deployer" {
  client_id        = var.client_id
  client_secret_wo = var.client_secret
  fingerprint      = "builder-1"
  scopes           = ["repo_deployment"]
}
