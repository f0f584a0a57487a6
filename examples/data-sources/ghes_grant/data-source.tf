data "ghes_grant" "deployer" {
  client_id = "1234567890abcdefghij"
}

output "deployer_may" {
  value = data.ghes_grant.deployer.scopes
}
