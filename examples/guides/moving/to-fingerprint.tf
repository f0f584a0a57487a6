moved {
  from = ghes_authorization.builder
  to   = ghes_authorization_fingerprint.builder
}

resource "ghes_authorization_fingerprint" "builder" {
  client_id     = "abcde12345fghij67890"
  client_secret = var.client_secret
  fingerprint   = "builder"
  scopes        = ["repo"]
}

variable "client_secret" {
  type      = string
  sensitive = true
}
