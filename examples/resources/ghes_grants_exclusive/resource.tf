resource "ghes_grants_exclusive" "this" {
  allowed_client_ids = [
    "1234567890abcdefghij", # Deployer
    "abcdefghij1234567890", # Chat
  ]
}
