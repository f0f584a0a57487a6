terraform {
  required_providers {
    ghes = {
      source  = "ghes-tools/ghes"
      version = "~> 1.0"
    }
  }
}

# The server and the user come from the environment: GHES_BASE_URL,
# GHES_USERNAME and GHES_PASSWORD.
provider "ghes" {}

# A personal access token.
resource "ghes_authorization" "ci" {
  note     = "CI pipeline"
  note_url = "https://ci.example.com"
  scopes   = ["read:org", "repo"]
}

# The token is sensitive: plans hide it, and whatever it is passed on to has to
# be marked as well. To read it: terraform output -raw ci_token
output "ci_token" {
  value     = ghes_authorization.ci.token
  sensitive = true
}
