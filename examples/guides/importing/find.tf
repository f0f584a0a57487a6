data "ghes_authorizations" "all" {}

output "existing" {
  value = {
    for a in data.ghes_authorizations.all.authorizations : a.id => {
      note        = a.note
      note_url    = a.note_url
      scopes      = a.scopes
      client_id   = a.client_id
      fingerprint = a.fingerprint
    }
  }
}
