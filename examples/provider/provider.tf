terraform {
  required_providers {
    ghes = {
      source  = "ghes-tools/ghes"
      version = "~> 1.0"
    }
  }
}

variable "ghes_password" {
  type      = string
  sensitive = true
}

provider "ghes" {
  base_url = "https://ghe.example.com"
  username = "octocat"
  password = var.ghes_password # or leave it out, and set GHES_PASSWORD
}
