resource "ghes_authorization" "ci" {
  note_prefix = "ci-"
  scopes      = ["repo"]
  store_token = false

  lifecycle {
    create_before_destroy = true
  }
}

# Has the token in the apply that makes it, and null in every other run.
ephemeral "ghes_authorization_token" "ci" {
  authorization_id = ghes_authorization.ci.id
}

# Writes it where it is used. The version changes with every new token, and
# only then is the secret written again.
resource "vault_kv_secret_v2" "ci" {
  mount                = "secret"
  name                 = "ci/ghes"
  data_json_wo         = jsonencode({ token = ephemeral.ghes_authorization_token.ci.token })
  data_json_wo_version = ghes_authorization.ci.id
}
