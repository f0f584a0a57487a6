resource "ghes_rotating_authorization" "deploy" {
  note_prefix       = "deploy-"
  scopes            = ["repo"]
  rotate_after_days = 90 # the first plan after 90 days creates a new token
  overlap_days      = 7  # the previous token stays valid for 7 days after that
}

output "deploy_token" {
  value     = ghes_rotating_authorization.deploy.token
  sensitive = true
}
