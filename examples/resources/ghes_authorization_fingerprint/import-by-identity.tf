import {
  to = ghes_authorization_fingerprint.builder
  identity = {
    id = 123
  }
}
