variable "age_recipient" {
  type        = string
  description = "The public key that age-keygen has printed, such as age1..."
}

resource "ghes_rotating_authorization" "deploy" {
  note_prefix       = "deploy-"
  scopes            = ["repo"]
  rotate_after_days = 90
  overlap_days      = 7
  encrypt_token     = { age_recipients = [var.age_recipient] }
}

# Decrypts the token in every run. The secret key is in GHES_AGE_IDENTITY.
ephemeral "ghes_authorization_token" "deploy" {
  encrypted_token = ghes_rotating_authorization.deploy.encrypted_token
}
