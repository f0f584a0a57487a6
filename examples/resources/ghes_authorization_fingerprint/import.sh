# By the client ID of the app and the fingerprint
terraform import ghes_authorization_fingerprint.builder 1234567890abcdefghij/builder-1

# By the ID of the authorization
terraform import ghes_authorization_fingerprint.builder 123
