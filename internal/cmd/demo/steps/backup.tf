# Created elsewhere, and imported by its ID.
import {
  to = ghes_authorization.backup
  id = "2"
}

resource "ghes_authorization" "backup" {
  note   = "Backup script"
  scopes = ["gist"]
}
