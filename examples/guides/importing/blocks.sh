terraform apply
terraform output -raw imports >imports.tf
terraform plan -generate-config-out=generated.tf
