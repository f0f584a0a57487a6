locals {
  ci = {
    "5" = { note = "CI: linux", scopes = ["repo"] }
    "6" = { note = "CI: windows", note_url = "https://ci.example.com" }
    "7" = { note = "CI: app", client_id = "1234567890abcdefghij", fingerprint = "a" }
  }
}

resource "ghes_authorization" "ci" {
  for_each = local.ci

  note        = each.value.note
  note_url    = try(each.value.note_url, null)
  scopes      = try(each.value.scopes, null)
  fingerprint = try(each.value.fingerprint, null)
  client_id   = try(each.value.client_id, null)
}
