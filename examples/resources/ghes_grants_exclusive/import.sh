# Any string will do: a user has one set of grants
terraform import ghes_grants_exclusive.this all
