data "github_actions_public_key" "app" {
  repository = "app"
}

resource "ghes_authorization" "ci" {
  note_prefix   = "actions-"
  scopes        = ["read:packages"]
  encrypt_token = { sealed_box_key = data.github_actions_public_key.app.key }

  lifecycle {
    create_before_destroy = true
  }
}

resource "github_actions_secret" "ci" {
  repository      = "app"
  secret_name     = "GHES_TOKEN"
  key_id          = data.github_actions_public_key.app.key_id
  value_encrypted = ghes_authorization.ci.encrypted_token

  # GitHub shows when a secret was written, but not the secret. If the secret is older than the
  # token, the run fails before it revokes the previous token.
  lifecycle {
    postcondition {
      condition     = timecmp(replace(replace(self.remote_updated_at, " +0000 UTC", "Z"), " ", "T"), ghes_authorization.ci.created_at) >= 0
      error_message = "The secret is not the current token. Run: terraform apply -replace=ghes_authorization.ci"
    }
  }
}
