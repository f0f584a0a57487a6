umask 077 # for this shell: tokens.json has tokens in clear
terraform apply
terraform output -json inventory >inventory.json
terraform output -json tokens >tokens.json
