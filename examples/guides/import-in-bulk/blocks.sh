terraform output -raw imports >imports.tf
terraform plan -generate-config-out=generated.tf
terraform output -raw imports | grep -v provider >imports.tf # once there is a configuration, all CLIs refuse the line
