# The ID can be any string, because a user has one set of grants
terraform import ghes_grants_exclusive.this all
