# In a file such as tokens.tfquery.hcl, beside the provider block.
list "ghes_authorization" "ci" {
  provider = ghes
  limit    = 1000 # default: 100

  config {
    note_prefix = "CI: "
  }
}
