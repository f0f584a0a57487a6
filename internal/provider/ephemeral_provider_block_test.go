package provider

import (
	"fmt"
	"testing"
)

// Each walk that needs a provider block opens the ephemeral token that configures it, those of a
// destroy as well. The tokens are revoked one after the other.
func TestAuthorizationEphemeral_providerBlock(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	w := newWorkspace(t, requiringVault(sim.config(`
ephemeral "ghes_authorization" "ci" {}

provider "vault" {
  token = ephemeral.ghes_authorization.ci.token
}

resource "vault_kv_secret_v2" "test" {
  mount                = "kv"
  name                 = "test"
  data_json_wo         = jsonencode({ token = "made-up" })
  data_json_wo_version = 1
}
`)))
	w.withVault(t)
	last := 0
	for _, run := range []struct {
		command string
		opened  int
	}{{"apply", 2}, {"destroy", 3}} {
		sim.forget()
		w.must(0, run.command, "-auto-approve")
		var want []string
		for range run.opened {
			last++
			want = append(want, "POST /api/v3/authorizations", fmt.Sprintf("DELETE /api/v3/authorizations/%d", last))
		}
		if err := sim.checkSent(want...); err != nil {
			t.Errorf("%s: %v", run.command, err)
		}
		none(t, sim)
	}
}
