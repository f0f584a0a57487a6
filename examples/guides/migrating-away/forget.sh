terraform state rm 'ghes_authorization.ci["KEY"]'
