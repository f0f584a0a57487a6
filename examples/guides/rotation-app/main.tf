resource "time_rotating" "builder" {
  rotation_days = 90
}

resource "ghes_authorization_fingerprint" "rotated" {
  client_id           = var.client_id
  client_secret       = var.client_secret
  fingerprint         = "builder-3"
  scopes              = ["repo"]
  on_existing         = "replace"
  rotate_when_changed = { time = time_rotating.builder.id }
}
