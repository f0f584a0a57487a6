variable "age_recipient" {
  type        = string
  description = "The public key that age-keygen has printed, such as age1..."
}

variable "reason" {
  type        = string
  description = "Change it to rotate at once."
  default     = "schedule"
}

resource "ghes_rotating_authorization" "deploy" {
  note_prefix         = "deploy-"
  scopes              = ["repo"]
  rotate_after_days   = 90
  overlap_days        = 7
  rotate_when_changed = { reason = var.reason }
  encrypt_token       = { age_recipients = [var.age_recipient] }
}

# Decrypts the token in every run. The secret key is in GHES_AGE_IDENTITY.
ephemeral "ghes_authorization_token" "deploy" {
  encrypted_token = ghes_rotating_authorization.deploy.encrypted_token
}

resource "vault_kv_secret_v2" "deploy" {
  mount                = "secret"
  name                 = "deploy/ghes"
  data_json_wo         = jsonencode({ token = ephemeral.ghes_authorization_token.deploy.token })
  data_json_wo_version = ghes_rotating_authorization.deploy.id
}

# Reads the secret back. If Vault does not have the current token, the run fails.
ephemeral "vault_kv_secret_v2" "deploy" {
  mount    = vault_kv_secret_v2.deploy.mount
  mount_id = vault_kv_secret_v2.deploy.id # unknown until the secret exists
  name     = vault_kv_secret_v2.deploy.name

  lifecycle {
    postcondition {
      condition     = try(sha256(self.data.token), "") == ghes_rotating_authorization.deploy.hashed_token
      error_message = "Vault does not have the current token. Run: terraform apply -replace=vault_kv_secret_v2.deploy"
    }
  }
}
