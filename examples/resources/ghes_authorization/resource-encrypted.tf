resource "ghes_authorization" "for_operator" {
  note   = "Operator: packages"
  scopes = ["read:packages"]

  # The holder of the secret key of this recipient can decrypt the token.
  encrypt_token = {
    age_recipients = ["age1pgqu035vqvdd25jjpxekanl4mgdgg78lxz9jvmp65t8ccntscsysyjmvw7"]
  }
}

# To read it: terraform output -raw operator_token | age --decrypt --identity key.txt
output "operator_token" {
  value = ghes_authorization.for_operator.encrypted_token
}
