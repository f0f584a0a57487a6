resource "ghes_authorization" "ci" {
  note_prefix = "ci-"
  scopes      = ["repo"]
  store_token = false

  lifecycle {
    create_before_destroy = true
  }
}

# Has the token in the apply that creates it, and null in every other run.
ephemeral "ghes_authorization_token" "ci" {
  authorization_id = ghes_authorization.ci.id
}

# Writes a text that is no token if the token is lost, and not null.
resource "vault_kv_secret_v2" "ci" {
  mount                = "secret"
  name                 = "ci/ghes"
  data_json_wo         = jsonencode({ token = coalesce(ephemeral.ghes_authorization_token.ci.token, "lost: replace ghes_authorization.ci") })
  data_json_wo_version = ghes_authorization.ci.id
}

# Reads the secret back. If it is not the token, the run fails before it revokes the previous one.
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
