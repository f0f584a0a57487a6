terraform {
  required_providers {
    ghes = {
      source  = "ghes-tools/ghes"
      version = "~> 1.0"
    }
  }
}

# The environment has the admin token: GHES_ADMIN_TOKEN.
provider "ghes" {
  base_url = "https://ghe.example.com"
}

variable "release" {
  type = string
}

ephemeral "ghes_impersonation_token" "deploy" {
  username    = "octocat"
  scopes      = ["repo_deployment"]
  defer_until = timestamp() # no token in plans
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
