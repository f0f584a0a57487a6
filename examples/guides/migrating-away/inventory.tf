data "ghes_authorizations" "all" {}

data "ghes_grants" "all" {}

# All authorizations of the user, also those that Terraform does not manage, without tokens.
output "inventory" {
  value = {
    authorizations = [for a in data.ghes_authorizations.all.authorizations : {
      id               = a.id
      note             = a.note
      app              = a.app.name
      fingerprint      = a.fingerprint
      scopes           = a.scopes
      created_at       = a.created_at
      token_last_eight = a.token_last_eight
    }]
    grants = [for grant in data.ghes_grants.all.grants : { app = grant.app.name, scopes = grant.scopes }]
  }
}

# The tokens that the state has: null for what was imported, adopted or not stored.
output "tokens" {
  value     = { (ghes_authorization.ci.id) = ghes_authorization.ci.token }
  sensitive = true
}
