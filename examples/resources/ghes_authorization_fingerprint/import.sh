# By the app and the fingerprint
terraform import ghes_authorization_fingerprint.builder 1234567890abcdefghij/builder-1

# By the authorization's number
terraform import ghes_authorization_fingerprint.builder 123
