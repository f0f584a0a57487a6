# The tokens of one app that can set commit statuses, those with the wider scope
# repo included.
list "ghes_authorization_fingerprint" "builders" {
  provider = ghes
  limit    = 1000

  config {
    client_id = "1234567890abcdefghij"
    scopes    = ["repo:status"]
  }
}
