# By the authorization's number
terraform import ghes_authorization.ci 123
