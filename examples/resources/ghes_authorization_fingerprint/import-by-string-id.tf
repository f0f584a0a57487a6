import {
  to = ghes_authorization_fingerprint.builder
  id = "1234567890abcdefghij/builder-1"
}
