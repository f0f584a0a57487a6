variable "release" {
  type = string
}

# The script gets a token that is valid in this apply only. timestamp() is not
# known before the apply, so plans create no token.
ephemeral "ghes_authorization" "deploy" {
  note_prefix = "deploy "
  scopes      = ["repo_deployment"]
  defer_until = timestamp()
}

resource "terraform_data" "deploy" {
  triggers_replace = [var.release]

  provisioner "local-exec" {
    command = "sh deploy.sh"
    environment = {
      RELEASE      = var.release
      GITHUB_TOKEN = ephemeral.ghes_authorization.deploy.token
    }
  }
}
