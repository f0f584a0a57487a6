data "ghes_authorizations" "ci" {
  note_prefix = "CI: "
}

locals {
  ci = { for a in data.ghes_authorizations.ci.authorizations : a.id => a }
}

import {
  for_each = local.ci
  to       = ghes_authorization.ci[each.key]
  id       = each.key
}

resource "ghes_authorization" "ci" {
  for_each = local.ci

  note        = each.value.note
  note_url    = each.value.note_url
  scopes      = each.value.scopes
  fingerprint = each.value.fingerprint
  client_id   = each.value.client_id
}
