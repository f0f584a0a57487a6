# Every OAuth app that may act for the user.
data "ghes_grants" "all" {}

output "apps" {
  value = [for grant in data.ghes_grants.all.grants : grant.app.name]
}
