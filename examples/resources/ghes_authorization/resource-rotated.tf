resource "ghes_authorization" "deploy" {
  note_prefix       = "deploy-"
  scopes            = ["repo"]
  rotate_after_days = 90

  # The new token is there before the old one is revoked.
  lifecycle {
    create_before_destroy = true
  }
}

output "deploy_token" {
  value     = ghes_authorization.deploy.token
  sensitive = true
}
