variable "release" {
  type = string
}

resource "terraform_data" "release" {
  input = var.release

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.ghes_revoke_authorizations.older]
    }
  }
}

# After each release, revokes the tokens that killed runs have left behind.
action "ghes_revoke_authorizations" "older" {
  config {
    note_prefix     = "deploy "
    older_than_days = 1
  }
}
