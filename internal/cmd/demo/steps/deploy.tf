variable "age_recipient" {}

# A token that the state has encrypted only, and that is rotated.
resource "ghes_rotating_authorization" "deploy" {
  note_prefix       = "deploy-"
  scopes            = ["repo"]
  rotate_after_days = 90
  overlap_days      = 7
  encrypt_token     = { age_recipients = [var.age_recipient] }
}
