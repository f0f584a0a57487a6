# By the ID of the authorization
terraform import ghes_authorization.ci 123
