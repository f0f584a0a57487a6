# In a file like tokens.tfquery.hcl, beside the provider's configuration.
list "ghes_authorization" "ci" {
  provider = ghes
  limit    = 1000 # without this line, Terraform stops after 100

  config {
    note_prefix = "CI: "
  }
}
