package provider

import (
	"slices"
	"testing"
)

// Each provider block has a process of its own, and returns only the tokens that it created.
func TestAuthorizationTokenEphemeral_aliases(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	w := newBinaryWorkspace(t, requiringVault(sim.config(`
provider "ghes" {
  alias    = "other"
  base_url = "`+sim.url+`"
  username = "`+testUser+`"
  password = "`+testPassword+`"
}
resource "ghes_authorization" "test" {
  note        = "test"
  store_token = false
}
resource "ghes_authorization" "other" {
  provider    = ghes.other
  note        = "other"
  store_token = false
}
ephemeral "ghes_authorization_token" "test" {
  authorization_id = ghes_authorization.test.id
}
ephemeral "ghes_authorization_token" "other" {
  provider         = ghes.other
  authorization_id = ghes_authorization.other.id
}
ephemeral "ghes_authorization_token" "wrong" {
  provider         = ghes.other
  authorization_id = ghes_authorization.test.id
}
resource "vault_kv_secret_v2" "all" {
  for_each             = tomap({ 1 = ephemeral.ghes_authorization_token.test, 2 = ephemeral.ghes_authorization_token.other, 3 = ephemeral.ghes_authorization_token.wrong })
  mount                = "kv"
  name                 = each.key
  data_json_wo         = jsonencode({ token = each.value.token })
  data_json_wo_version = ghes_authorization.test.id + ghes_authorization.other.id
}
`)))
	v := w.withVault(t)
	w.must(0, "apply", "-auto-approve")
	want := []string{""}
	for _, a := range sim.Authorizations() {
		want = append(want, a.Token)
	}
	got := v.tokens()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the vault was given %q, want %q", got, want)
	}
}
