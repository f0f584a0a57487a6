variable "quarter" {
  type        = string
  description = "Change it to rotate at once."
  default     = "2026-4"
}

resource "ghes_authorization" "deploy" {
  note_prefix         = "deploy-"
  scopes              = ["repo"]
  store_token         = false
  rotate_after_days   = 90
  rotate_when_changed = { quarter = var.quarter }

  lifecycle {
    create_before_destroy = true
  }
}

ephemeral "ghes_authorization_token" "deploy" {
  authorization_id = ghes_authorization.deploy.id
}

resource "vault_kv_secret_v2" "deploy" {
  mount                = "secret"
  name                 = "deploy/ghes"
  data_json_wo         = jsonencode({ token = ephemeral.ghes_authorization_token.deploy.token })
  data_json_wo_version = ghes_authorization.deploy.id
}
