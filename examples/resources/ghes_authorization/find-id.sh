curl --fail --silent --show-error --user "$GHES_USERNAME:$GHES_PASSWORD" \
  "${GHES_BASE_URL%/api/v3}/api/v3/authorizations?per_page=100" |
  jq -r '.[] | [.id, .note, .app.name, .fingerprint] | @tsv'
