module github.com/ghes-tools/terraform-provider-ghes/tools/prose

go 1.26.0
