terraform {
  required_providers {
    ghes  = { source = "ghes-tools/ghes", version = "~> 1.0" }
    vault = { source = "hashicorp/vault", version = "~> 5.0" }
  }
}

provider "ghes" {}  # GHES_BASE_URL, GHES_USERNAME, GHES_PASSWORD
provider "vault" {} # VAULT_ADDR, VAULT_TOKEN

variable "age_recipient" { type = string }

# A new token after 90 days. The previous one stays valid for 7 more days.
resource "ghes_rotating_authorization" "deploy" {
  note_prefix       = "deploy-"
  scopes            = ["repo"]
  rotate_after_days = 90
  overlap_days      = 7
  encrypt_token     = { age_recipients = [var.age_recipient] }
}

# Decrypts the token in every run, with the key in GHES_AGE_IDENTITY.
ephemeral "ghes_authorization_token" "deploy" {
  encrypted_token = ghes_rotating_authorization.deploy.encrypted_token
}

resource "vault_kv_secret_v2" "deploy" {
  mount                = "secret"
  name                 = "deploy/ghes"
  data_json_wo         = jsonencode({ token = ephemeral.ghes_authorization_token.deploy.token })
  data_json_wo_version = ghes_rotating_authorization.deploy.id
}

# Reads the secret back, and fails if it is not the current token.
ephemeral "vault_kv_secret_v2" "deploy" {
  mount    = vault_kv_secret_v2.deploy.mount
  mount_id = vault_kv_secret_v2.deploy.id
  name     = vault_kv_secret_v2.deploy.name

  lifecycle {
    postcondition {
      condition     = try(sha256(self.data.token), "") == ghes_rotating_authorization.deploy.hashed_token
      error_message = "Vault does not have the current token. Run: terraform apply -replace=vault_kv_secret_v2.deploy"
    }
  }
}
