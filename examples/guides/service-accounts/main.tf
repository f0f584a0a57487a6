terraform {
  required_providers {
    ghes = {
      source  = "ghes-tools/ghes"
      version = "~> 1.0"
    }
  }
}

# The runner's environment has GHES_PASSWORD and GHES_TOTP_SECRET.
provider "ghes" {
  base_url = "https://ghe.example.com"
  username = "ci-bot"
}
