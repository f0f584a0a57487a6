package provider

import (
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// newRotationGuide has the configuration of the rotation guide in a workspace with a vault. The provider runs in this process,
// so the identity is a variable and not in its environment.
func newRotationGuide(t *testing.T) (*instance, *workspace, *vault) {
	t.Helper()
	needsCLI(t, "1.11")
	sim, identity := newInstance(t), must(age.GenerateX25519Identity())
	config := strings.Replace(example(t, "guides/rotation/main.tf"), "  encrypted_token =", "  age_identity = var.identity\n  encrypted_token =", 1)
	w := newWorkspace(t, requiringVault(sim.config(config+"variable \"identity\" { sensitive = true }\n")), WithClock(sim.now))
	w.env = append(w.env, "TF_VAR_age_recipient="+identity.Recipient().String(), "TF_VAR_identity="+identity.String())
	return sim, w, w.withVault(t)
}

// The rotation guide in full. The consumer gets each new token, and the previous one stays valid for the overlap. If
// a write to the consumer fails, the next run fails until the consumer is repaired.
func TestGuides_rotation(t *testing.T) {
	t.Parallel()
	for name, storesPlanned := range map[string]bool{"consumer keeps its state": false, "consumer stores what was planned": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, w, v := newRotationGuide(t)
			v.storesPlanned = storesPlanned
			hasTokenOf := func(id int64) {
				t.Helper()
				current, _ := sim.Authorization(id)
				if stored, _ := v.get("deploy/ghes"); stored.token != current.Token {
					t.Errorf("the vault has %q, not the token of authorization %d", stored.token, id)
				}
			}
			w.must(0, "apply", "-auto-approve")
			sim.advance(90)
			contains(t, w.must(0, "apply", "-auto-approve"), "Warning: The token of authorization 1 will be rotated", "0 added, 2 changed, 0 destroyed")
			hasTokenOf(2)
			sim.checkIDs(t, 1, 2)
			w.must(0, "plan", "-detailed-exitcode")
			sim.advance(7)
			contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Authorization 1 will be revoked")
			sim.checkIDs(t, 2)
			contains(t, w.must(0, "apply", "-auto-approve", "-var=reason=leak"), "rotate_when_changed has changed")
			hasTokenOf(3)
			sim.advance(90)

			v.seal(true)
			w.must(1, "apply", "-auto-approve", "-var=reason=leak")
			hasTokenOf(3)
			sim.checkIDs(t, 3, 4)
			v.seal(false)
			repair := []string{"apply", "-auto-approve", "-var=reason=leak"}
			if !isOpenTofu || storesPlanned { // OpenTofu reads the secret back after a pending update
				contains(t, w.must(1, repair...), "Vault does not have the current token.")
				repair = append(repair, "-replace=vault_kv_secret_v2.deploy")
			}
			if !isOpenTofu { // the previous token stays valid, also in the repair if the overlap is raised first
				sim.advance(20)
				w.must(1, "apply", "-auto-approve", "-var=reason=leak")
				sim.checkIDs(t, 3, 4)
				w.write("main.tf", strings.Replace(w.read("main.tf"), "overlap_days        = 7", "overlap_days        = 30", 1))
			}
			w.must(0, repair...)
			hasTokenOf(4)
			sim.checkIDs(t, 3, 4)
			sim.advance(30)
			w.must(0, "apply", "-auto-approve", "-var=reason=leak")
			sim.checkIDs(t, 4)
			w.must(0, "plan", "-detailed-exitcode", "-var=reason=leak")
		})
	}
}

// A token that is in use is imported, and rotated before the vault is declared.
func TestGuides_rotationOfExisting(t *testing.T) {
	t.Parallel()
	sim, w, v := newRotationGuide(t)
	sim.elsewhere(ghessim.Authorization{ID: 123, Note: new("deploy-1"), Scopes: []string{"repo"}})
	whole := w.read("main.tf")
	first, _, _ := strings.Cut(whole, "# Decrypts the token")
	w.write("main.tf", first)
	w.must(0, "import", "ghes_rotating_authorization.deploy", "123")
	w.must(0, "apply", "-auto-approve")
	sim.checkIDs(t, 123)
	w.write("terraform.tfvars", "reason = \"in Vault from now on\"\n")
	contains(t, w.must(0, "apply", "-auto-approve"), "the token of authorization 123 stays valid for overlap_days")
	w.write("main.tf", whole)
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	current, _ := sim.Authorization(w.rotating().ID)
	if stored, _ := v.get("deploy/ghes"); stored.token != current.Token || len(sim.ids()) != 2 {
		t.Errorf("the vault has %q, and the server %+v", stored.token, sim.Authorizations())
	}
}

// An import into the whole configuration writes null over the secret, as the guides warn.
func TestGuides_rotationImported(t *testing.T) {
	t.Parallel()
	sim, w, v := newRotationGuide(t)
	sim.elsewhere(ghessim.Authorization{ID: 123, Note: new("deploy-1"), Scopes: []string{"repo"}})
	if err := v.put("deploy/ghes", "made-up-token-in-use", time.Time{}); err != nil {
		t.Fatal(err)
	}
	w.must(0, "import", "ghes_rotating_authorization.deploy", "123")
	_, _ = w.run("apply", "-auto-approve")
	if stored, _ := v.get("deploy/ghes"); stored.token != "" {
		t.Errorf("the vault has %q", stored.token)
	}
}

// The token of an app is replaced when time_rotating has another ID. The stand-in for that is replaced in the same way.
func TestGuides_rotationApp(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := func(days string) string {
		text := example(t, "guides/rotation-app/main.tf")
		text = strings.NewReplacer("time_rotating", "terraform_data", "rotation_days = 90", "triggers_replace = "+days).Replace(text)
		return sim.config("variable \"client_id\" {}\nvariable \"client_secret\" {}\n" + text)
	}
	w := newWorkspace(t, config("1"))
	w.env = append(w.env, "TF_VAR_client_id="+testClientID, "TF_VAR_client_secret="+testSecret)
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	w.write("main.tf", config("2"))
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	sim.checkIDs(t, 2)
}
