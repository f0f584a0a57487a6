variable "ghes_password" {
  type      = string
  sensitive = true
}

variable "ghes_totp_secret" {
  type      = string
  sensitive = true
}

variable "ghes_client_key" {
  type      = string
  sensitive = true
}

# A user with two-factor authentication, on a server that has a private CA and
# requires a client certificate.
provider "ghes" {
  base_url        = "https://ghe.example.com"
  username        = "octocat"
  password        = var.ghes_password
  totp_secret     = var.ghes_totp_secret
  ca_cert_pem     = file("ca.pem")
  client_cert_pem = file("client.pem")
  client_key_pem  = var.ghes_client_key
}
