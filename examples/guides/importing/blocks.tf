data "ghes_authorizations" "found" {
  note_prefix = "CI: "
}

output "imports" {
  value = join("", [for a in data.ghes_authorizations.found.authorizations : <<-EOT
    import {
      to = ghes_authorization.ci_${a.id}
      id = "${a.id}"
    }
  EOT
  ])
}
