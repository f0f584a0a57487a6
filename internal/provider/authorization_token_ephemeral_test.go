package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// handOff declares a token that is handed to a vault; arguments are more of the
// authorization's.
func handOff(arguments string) string {
	return strings.Replace(`
resource "ghes_authorization" "test" {
  note_prefix = "ci-"
  store_token = false
  ARGUMENTS
  lifecycle { create_before_destroy = true }
}

ephemeral "ghes_authorization_token" "test" {
  authorization_id = ghes_authorization.test.id
}

resource "vault_kv_secret_v2" "test" {
  mount                = "kv"
  name                 = "ci"
  data_json_wo         = jsonencode({ token = ephemeral.ghes_authorization_token.test.token })
  data_json_wo_version = ghes_authorization.test.id
}
`, "ARGUMENTS", arguments, 1)
}

// newHandOff prepares a workspace with a vault. At the end of the test nothing
// that the CLI wrote may have a token.
func newHandOff(t *testing.T, arguments string) (*instance, *workspace, *vault) {
	t.Helper()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	w := newWorkspace(t, requiringVault(sim.config(handOff(arguments))))
	v := w.withVault(t)
	t.Cleanup(func() {
		if len(v.tokens()) == 0 {
			t.Error("the vault was given no token")
		}
		for _, token := range v.tokens() {
			if token == "" {
				continue
			}
			if found := w.find(token); len(found) > 0 {
				t.Errorf("the token %s is in %q", token, found)
			}
		}
	})
	return sim, w, v
}

func TestAuthorizationTokenEphemeral(t *testing.T) {
	t.Parallel()
	sim, w, v := newHandOff(t, "")
	contains(t, w.must(0, "plan"), "2 to add")
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
	output := w.must(0, "apply", "-auto-approve")
	v.has(t, sim, 1)
	if err := sim.checkSent("POST /api/v3/authorizations"); err != nil {
		t.Error(err)
	}
	if strings.Contains(output, "Warning") {
		t.Errorf("warned:\n%s", output)
	}
	contains(t, w.must(0, "show", "-json"), `"token":null`, `"encrypted_token":null`)

	w.must(0, "plan", "-detailed-exitcode")
	w.must(0, "apply", "-auto-approve")
	v.has(t, sim, 1)
	for _, sent := range sim.sent() {
		if sent != "GET /api/v3/authorizations/1" {
			t.Errorf("a steady state sent %s", sent)
		}
	}
	w.must(0, "destroy", "-auto-approve")
	if left := sim.Authorizations(); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

// With create_before_destroy the vault has the current token before the previous one is
// revoked.
func TestAuthorizationTokenEphemeral_rotation(t *testing.T) {
	t.Parallel()
	sim, w, v := newHandOff(t, "rotate_when_changed = { quarter = \"1\" }")
	w.must(0, "apply", "-auto-approve")
	v.has(t, sim, 1)
	var writtenAtDelete int
	sim.Intercept(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete {
			writtenAtDelete = len(v.tokens())
		}
		next.ServeHTTP(rw, r)
	})
	w.write("main.tf", strings.Replace(w.read("main.tf"), `"1"`, `"2"`, 1))
	sim.forget()
	contains(t, w.must(0, "apply", "-auto-approve"), "1 added, 1 changed, 1 destroyed")
	v.has(t, sim, 2)
	if sent := sim.sent(); !slices.Equal(sent, []string{"GET /api/v3/authorizations/1", "POST /api/v3/authorizations", "DELETE /api/v3/authorizations/1"}) {
		t.Errorf("sent %q", sent)
	}
	if writtenAtDelete != 2 {
		t.Error("the old token was revoked before the vault had the new one")
	}
	w.must(0, "plan", "-detailed-exitcode")
}

func TestAuthorizationTokenEphemeral_deletedElsewhere(t *testing.T) {
	t.Parallel()
	sim, w, v := newHandOff(t, "")
	w.must(0, "apply", "-auto-approve")
	sim.RevokeAuthorization(sim.only())
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "1 to add, 1 to change")
	w.must(0, "apply", "-auto-approve")
	v.has(t, sim, 2)
	w.must(0, "plan", "-detailed-exitcode")
}

// A token that was reset on the server is replaced, although nothing here has
// it: its hash is known.
func TestAuthorizationTokenEphemeral_resetElsewhere(t *testing.T) {
	t.Parallel()
	sim, w, v := newHandOff(t, "")
	w.must(0, "apply", "-auto-approve")
	sim.ResetToken(sim.only())
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "Warning: The token was reset outside of Terraform", "is not the one that this resource created", "1 to add, 1 to change, 1 to destroy")
	w.must(0, "apply", "-auto-approve")
	v.has(t, sim, 2)
	w.must(0, "plan", "-detailed-exitcode")
}

func TestAuthorizationTokenEphemeral_savedPlan(t *testing.T) {
	t.Parallel()
	sim, w, v := newHandOff(t, "")
	w.must(0, "plan", "-out=saved.tfplan")
	w.must(0, "apply", "saved.tfplan")
	v.has(t, sim, 1)
	w.must(0, "plan", "-out=steady.tfplan", "-detailed-exitcode")
	w.must(0, "apply", "steady.tfplan")
	v.has(t, sim, 1)
}

// The token is available to every block, in any order, until the apply ends. Afterwards
// only its absence is known.
func TestAuthorizationTokenEphemeral_twoConsumers(t *testing.T) {
	t.Parallel()
	sim, w, v := newHandOff(t, "")
	w.write("second.tf", `
ephemeral "ghes_authorization_token" "second" {
  authorization_id = ghes_authorization.test.id
  depends_on       = [vault_kv_secret_v2.test]
  lifecycle {
    postcondition {
      condition     = self.available || var.later
      error_message = "not available"
    }
    postcondition {
      condition     = self.token == null || !var.later
      error_message = "still there"
    }
  }
}

variable "later" { default = false }

resource "vault_kv_secret_v2" "second" {
  mount                = "kv"
  name                 = "second"
  data_json_wo         = jsonencode({ token = ephemeral.ghes_authorization_token.second.token })
  data_json_wo_version = ghes_authorization.test.id
}
`)
	w.must(0, "apply", "-auto-approve", "-parallelism=1")
	v.has(t, sim, 2)
	if tokens := v.tokens(); tokens[0] != tokens[1] {
		t.Errorf("the vault was given %q", tokens)
	}
	contains(t, w.must(1, "plan"), "not available")
	w.must(0, "plan", "-detailed-exitcode", "-var=later=true")
}

// An imported or stored token is never handed out.
func TestAuthorizationTokenEphemeral_notAvailable(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	sim.elsewhere(ghessim.Authorization{Note: new("found")})
	w := newWorkspace(t, sim.config(`
resource "ghes_authorization" "created" { note = "created" }

ephemeral "ghes_authorization_token" "all" {
  for_each         = toset([tostring(ghes_authorization.created.id), "1", "999"])
  authorization_id = each.value
  lifecycle {
    postcondition {
      condition     = !self.available && self.token == null
      error_message = "available"
    }
  }
}
`))
	w.must(0, "apply", "-auto-approve", "-target=ghes_authorization.created")
	w.must(0, "apply", "-auto-approve")

	created, _ := sim.Authorization(2)
	if found := w.find(created.Token); len(found) == 0 {
		t.Error("a token that is stored is not found, so other tests would not find one either")
	}
}
