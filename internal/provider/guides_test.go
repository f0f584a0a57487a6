package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// newCI starts a server with three tokens that the guide imports, and one that it
// does not.
func newCI(t *testing.T) *instance {
	t.Helper()
	sim := newInstance(t)
	for _, a := range []ghessim.Authorization{
		{ID: 5, Note: new("CI: linux"), Scopes: []string{"repo"}},
		{ID: 6, Note: new("CI: windows"), NoteURL: new("https://ci.example.com")},
		{ID: 7, ClientID: testClientID, Note: new("CI: app"), Fingerprint: new("a")},
		{ID: 8, Note: new("mine")},
	} {
		sim.AddAuthorization(a)
	}
	return sim
}

// Each way writes down the imported authorizations, and all tokens stay valid. Without
// the moves the plan revokes them.
func TestGuides_importInBulk(t *testing.T) {
	t.Parallel()
	for name, written := range map[string]string{
		"kept":  example(t, "guides/import-in-bulk/kept.tf"),
		"moved": example(t, "guides/import-in-bulk/moved.tf"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newCI(t)
			w := newWorkspace(t, sim.config(example(t, "guides/import-in-bulk/main.tf")))
			contains(t, w.must(0, "apply", "-auto-approve"), "3 imported, 0 added, 0 changed, 0 destroyed")
			w.must(0, "plan", "-detailed-exitcode")

			resources := movedBlock.ReplaceAllString(written, "")
			if resources != written {
				w.write("main.tf", sim.config(resources))
				contains(t, w.must(1, "plan"), "2 to add, 0 to change, 3 to destroy", "Missing client secret")
			}
			w.write("main.tf", sim.config(written))
			contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
			w.write("main.tf", sim.config(resources))
			w.must(0, "plan", "-detailed-exitcode")
			onlyReads(t, sim)
		})
	}
}

var movedBlock = regexp.MustCompile(`(?s)moved \{.*?\n\}\n`)

// The output has an import block of each, and the CLI writes the resources.
func TestGuides_importInBulkGenerated(t *testing.T) {
	t.Parallel()
	sim := newCI(t)
	w := newWorkspace(t, sim.config(""))
	w.write("blocks.tf", example(t, "guides/import-in-bulk/blocks.tf"))
	w.must(0, "apply", "-auto-approve")
	w.shell(w.dir, example(t, "guides/import-in-bulk/blocks.sh"))
	w.write("blocks.tf", "")
	contains(t, w.must(0, "apply", "-auto-approve"), "3 imported, 0 added, 0 changed, 0 destroyed")
	w.write("imports.tf", "")
	w.must(0, "plan", "-detailed-exitcode")
	onlyReads(t, sim)
}

func TestGuides_fromAnotherProvider(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	sim := newInstance(t)
	a := sim.AddAuthorization(ghessim.Authorization{Note: new("CI"), Scopes: []string{"repo"}})
	w := newWorkspace(t, sim.config(example(t, "guides/from-another-provider/main.tf")))
	w.withOther("restapi_object", "mastercard/restapi", 0, fmt.Sprintf(`{"id": "%d", "path": "/authorizations", "create_response": %q}`, a.ID, responseFor(sim, a, a.Token)))
	w.write("terraform.tfstate", strings.Replace(w.read("terraform.tfstate"), `"name": "test"`, `"name": "ci"`, 1))
	contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
	if !strings.Contains(w.read("terraform.tfstate"), a.Token) {
		t.Error("the token is not in the state")
	}

	// With the token it counts as created by the resource.
	w.write("main.tf", strings.Replace(w.read("main.tf"), "scopes ", "store_token = false\n  scopes ", 1))
	contains(t, w.must(0, "plan"), "1 to add, 0 to change, 1 to destroy")
}

func TestGuides_oauthApps(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(example(t, "guides/oauth-apps/main.tf")))
	w.env = append(w.env, "TF_VAR_client_id="+testClientID, "TF_VAR_client_secret="+testSecret)
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	if granted := w.must(0, "output", "granted"); !strings.Contains(granted, `"repo"`) {
		t.Errorf("granted %s", granted)
	}
	w.must(0, "destroy", "-auto-approve")
	if len(sim.Authorizations()) != 0 || len(sim.Grants()) != 1 {
		t.Errorf("left: %+v, %+v", sim.Authorizations(), sim.Grants())
	}
}

// The rotation guide in full. The consumer gets each new token, and the previous one stays valid for the overlap. If
// a write to the consumer fails, the next run fails until the consumer is repaired.
func TestGuides_rotation(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, storesPlanned := range map[string]bool{"consumer keeps its state": false, "consumer stores what was planned": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			// The provider runs in this process, so the identity is not in its environment.
			config := strings.Replace(example(t, "guides/rotation/main.tf"), "  encrypted_token =", "  age_identity = var.identity\n  encrypted_token =", 1) + "variable \"identity\" { sensitive = true }\n"
			w := newWorkspace(t, requiringVault(sim.config(config)), WithClock(sim.now))
			identity := must(age.GenerateX25519Identity())
			w.env = append(w.env, "TF_VAR_age_recipient="+identity.Recipient().String(), "TF_VAR_identity="+identity.String())
			v := w.withVault(t)
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
	needsCLI(t, "1.11")
	sim := newInstance(t)
	sim.elsewhere(ghessim.Authorization{ID: 123, Note: new("deploy-1"), Scopes: []string{"repo"}})
	text := strings.Replace(example(t, "guides/rotation/main.tf"), "  encrypted_token =", "  age_identity = var.identity\n  encrypted_token =", 1) + "variable \"identity\" { sensitive = true }\n"
	first, _, _ := strings.Cut(text, "# Decrypts the token")
	w := newWorkspace(t, requiringVault(sim.config(first)), WithClock(sim.now))
	identity := must(age.GenerateX25519Identity())
	w.env = append(w.env, "TF_VAR_age_recipient="+identity.Recipient().String(), "TF_VAR_identity="+identity.String())
	v := w.withVault(t)
	w.must(0, "import", "ghes_rotating_authorization.deploy", "123")
	w.must(0, "apply", "-auto-approve")
	sim.checkIDs(t, 123)
	w.write("terraform.tfvars", "reason = \"in Vault from now on\"\n")
	contains(t, w.must(0, "apply", "-auto-approve"), "the token of authorization 123 stays valid for overlap_days")
	w.write("main.tf", requiringVault(sim.config(text)))
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	current, _ := sim.Authorization(w.rotating().ID)
	if stored, _ := v.get("deploy/ghes"); stored.token != current.Token || len(sim.ids()) != 2 {
		t.Errorf("the vault has %q, and the server %+v", stored.token, sim.Authorizations())
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
