import {
  to = ghes_grants_exclusive.this
  id = "all"
}
