variable "client_id" {
  type = string
}

variable "client_secret" {
  type      = string
  sensitive = true
}

resource "ghes_authorization_fingerprint" "builder" {
  for_each = toset(["builder-1", "builder-2"])

  client_id     = var.client_id
  client_secret = var.client_secret
  fingerprint   = each.key
  note          = "Builder ${each.key}"
  scopes        = ["repo"]
}

data "ghes_grant" "app" {
  client_id  = var.client_id
  depends_on = [ghes_authorization_fingerprint.builder]
}

output "granted" {
  value = data.ghes_grant.app.scopes
}
