resource "kubernetes_secret_v1" "deploy" {
  metadata {
    name      = "ghes-token"
    namespace = "deploy"
  }

  data_wo          = { token = ephemeral.ghes_authorization_token.deploy.token }
  data_wo_revision = ghes_rotating_authorization.deploy.id

  # Terraform does not retry a failed update of a write-only argument. It retries a failed create.
  lifecycle {
    replace_triggered_by = [ghes_rotating_authorization.deploy.id]
  }
}
