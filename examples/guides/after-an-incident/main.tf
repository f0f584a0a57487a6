terraform {
  required_providers {
    ghes = {
      source  = "ghes-tools/ghes"
      version = "~> 1.0"
    }
  }
}

data "ghes_authorizations" "all" {}

# All authorizations of the user, also those that Terraform does not manage. No token is shown.
output "tokens" {
  value = {
    for a in data.ghes_authorizations.all.authorizations : a.id => {
      note             = a.note
      client_id        = a.client_id
      fingerprint      = a.fingerprint
      scopes           = a.scopes
      created_at       = a.created_at
      token_last_eight = a.token_last_eight
      audit_log_search = "hashed_token:\"${provider::ghes::audit_log_hash(a.hashed_token)}\""
    }
  }
}
