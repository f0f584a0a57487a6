resource "aws_secretsmanager_secret" "deploy" {
  name = "deploy/ghes"
}

resource "aws_secretsmanager_secret_version" "deploy" {
  secret_id                = aws_secretsmanager_secret.deploy.id
  secret_string_wo         = jsonencode({ token = ephemeral.ghes_authorization_token.deploy.token })
  secret_string_wo_version = ghes_rotating_authorization.deploy.id
}

# Reads the secret back. If it is not the current token, the run fails.
ephemeral "aws_secretsmanager_secret_version" "deploy" {
  secret_id = split("|", aws_secretsmanager_secret_version.deploy.id)[0] # unknown until the version exists

  lifecycle {
    postcondition {
      condition     = try(sha256(jsondecode(self.secret_string).token), "") == ghes_rotating_authorization.deploy.hashed_token
      error_message = "The secret is not the current token. Run: terraform apply -replace=aws_secretsmanager_secret_version.deploy"
    }
  }
}
