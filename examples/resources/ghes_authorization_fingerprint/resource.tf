variable "client_id" {
  type = string
}

variable "client_secret" {
  type      = string
  sensitive = true
}

resource "ghes_authorization_fingerprint" "builder" {
  client_id     = var.client_id
  client_secret = var.client_secret
  fingerprint   = "builder-1"
  note          = "Builder 1"
  scopes        = ["repo"]
}
