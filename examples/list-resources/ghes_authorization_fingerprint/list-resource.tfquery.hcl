# All tokens of one app that can set commit statuses, including those with the wider
# scope repo.
list "ghes_authorization_fingerprint" "builders" {
  provider = ghes
  limit    = 1000 # default: 100

  config {
    client_id = "1234567890abcdefghij"
    scopes    = ["repo:status"]
  }
}
