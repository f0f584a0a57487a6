variable "client_id" {}

variable "client_secret" {
  sensitive = true
}

# A token of an OAuth app.
resource "ghes_authorization_fingerprint" "builder" {
  client_id     = var.client_id
  client_secret = var.client_secret
  fingerprint   = "builder-1"
  scopes        = ["repo"]
}

data "ghes_grant" "app" {
  client_id  = var.client_id
  depends_on = [ghes_authorization_fingerprint.builder]
}

output "granted" {
  value = "${data.ghes_grant.app.app.name}: ${join(", ", data.ghes_grant.app.scopes)}"
}
