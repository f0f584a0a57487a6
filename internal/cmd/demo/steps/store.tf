# Decrypts the token in each run. The secret key is in GHES_AGE_IDENTITY.
ephemeral "ghes_authorization_token" "deploy" {
  encrypted_token = ghes_rotating_authorization.deploy.encrypted_token
}

# Stands in for a secret store, whose provider would take the token as a
# write-only argument.
resource "terraform_data" "store" {
  triggers_replace = ghes_rotating_authorization.deploy.id

  provisioner "local-exec" {
    command     = "umask 077 && printf %s \"$TOKEN\" > stored-token"
    environment = { TOKEN = ephemeral.ghes_authorization_token.deploy.token }
  }
}
