variable "age_recipient" {
  type        = string
  description = "The public key that age-keygen has printed, such as age1..."
}

resource "ghes_authorization" "ci" {
  note_prefix   = "ci-"
  scopes        = ["repo"]
  encrypt_token = { age_recipients = [var.age_recipient] }

  lifecycle {
    create_before_destroy = true
  }
}

# Decrypts the token in every run. The secret key is in GHES_AGE_IDENTITY.
ephemeral "ghes_authorization_token" "ci" {
  encrypted_token = ghes_authorization.ci.encrypted_token
}

resource "vault_kv_secret_v2" "ci" {
  mount                = "secret"
  name                 = "ci/ghes"
  data_json_wo         = jsonencode({ token = ephemeral.ghes_authorization_token.ci.token })
  data_json_wo_version = ghes_authorization.ci.id
}

# The check: reads the secret back. If it is not the token, the run fails before it revokes the previous one.
ephemeral "vault_kv_secret_v2" "ci" {
  mount    = vault_kv_secret_v2.ci.mount
  mount_id = vault_kv_secret_v2.ci.id # unknown until the secret exists
  name     = vault_kv_secret_v2.ci.name

  lifecycle {
    postcondition {
      condition     = try(sha256(self.data.token), "") == ghes_authorization.ci.hashed_token
      error_message = "Vault does not have the current token. Run: terraform apply -replace=ghes_authorization.ci"
    }
  }
}
