removed {
  from = ghes_authorization.ci

  lifecycle {
    destroy = false
  }
}
