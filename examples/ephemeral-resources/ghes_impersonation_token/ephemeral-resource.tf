variable "release" {
  type = string
}

# The token acts as the user "octocat" in this apply only. timestamp() is not
# known before the apply, so plans create no token.
ephemeral "ghes_impersonation_token" "deploy" {
  username    = "octocat"
  scopes      = ["repo_deployment"]
  defer_until = timestamp()
}

resource "terraform_data" "deploy" {
  triggers_replace = [var.release]

  provisioner "local-exec" {
    command = "sh deploy.sh"
    environment = {
      RELEASE      = var.release
      GITHUB_TOKEN = ephemeral.ghes_impersonation_token.deploy.token
    }
  }
}
