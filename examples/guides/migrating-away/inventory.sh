umask 077 # tokens.json has tokens in clear
terraform output -json inventory >inventory.json
terraform output -json tokens >tokens.json
