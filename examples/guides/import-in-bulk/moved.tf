# Or a block of its own for each, with a moved block.
resource "ghes_authorization" "linux" {
  note   = "CI: linux"
  scopes = ["repo"]
}

moved {
  from = ghes_authorization.ci["5"]
  to   = ghes_authorization.linux
}

resource "ghes_authorization" "windows" {
  note     = "CI: windows"
  note_url = "https://ci.example.com"
}

moved {
  from = ghes_authorization.ci["6"]
  to   = ghes_authorization.windows
}

resource "ghes_authorization" "app" {
  note        = "CI: app"
  client_id   = "1234567890abcdefghij"
  fingerprint = "a"
}

moved {
  from = ghes_authorization.ci["7"]
  to   = ghes_authorization.app
}
