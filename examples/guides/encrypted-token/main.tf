variable "repository_key" {
  type        = string
  description = "Public key for the secrets of the repository, from GET /repos/OWNER/REPO/actions/secrets/public-key."
}

resource "ghes_authorization" "actions" {
  note_prefix   = "actions-"
  scopes        = ["read:packages"]
  encrypt_token = { sealed_box_key = var.repository_key }

  lifecycle {
    create_before_destroy = true
  }
}

# What the secret of the repository takes as its encrypted_value.
output "encrypted_value" {
  value = ghes_authorization.actions.encrypted_token
}
