package provider

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"

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

// What was imported is written down in either way, and all tokens work on.
// Without the moves the plan revokes them.
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

// The new token is where it is used before the old one is revoked, for its age
// and for a changed value; and what the guide says of failures holds.
func TestGuides_rotation(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	w := newWorkspace(t, requiringVault(sim.config(example(t, "guides/rotation/main.tf"))), WithClock(sim.now))
	v := w.withVault(t)
	w.must(0, "apply", "-auto-approve")
	v.has(t, sim, 1)
	sim.advance(90)
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: The token is due for rotation", "1 added, 1 changed, 1 destroyed")
	v.has(t, sim, 2)
	w.must(0, "apply", "-auto-approve", "-var=quarter=2027-1")
	v.has(t, sim, 3)

	v.seal(true)
	w.must(1, "apply", "-auto-approve", "-var=quarter=2027-2")
	if all := sim.Authorizations(); len(all) != 2 || all[0].Token != v.tokens()[2] {
		t.Errorf("the token that is in use was revoked: %+v", all)
	}
	v.seal(false)
	w.must(0, "apply", "-auto-approve", "-var=quarter=2027-2", "-replace=ghes_authorization.deploy")
	v.has(t, sim, 4)
	w.must(0, "plan", "-detailed-exitcode", "-var=quarter=2027-2")
}

func TestGuides_encryptedToken(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkspace(t, sim.config(example(t, "guides/encrypted-token/main.tf")))
	w.env = append(w.env, "TF_VAR_repository_key="+base64.StdEncoding.EncodeToString(public[:]))
	w.must(0, "apply", "-auto-approve")
	encrypted, err := base64.StdEncoding.DecodeString(strings.TrimSpace(w.must(0, "output", "-raw", "encrypted_value")))
	if err != nil {
		t.Fatal(err)
	}
	created, _ := sim.Authorization(sim.only())
	if token, ok := box.OpenAnonymous(nil, encrypted, public, private); !ok || string(token) != created.Token {
		t.Errorf("decrypted %q, the server has %q", token, created.Token)
	}
	if found := w.find(created.Token); len(found) > 0 {
		t.Errorf("the token is in %q", found)
	}
	w.must(0, "plan", "-detailed-exitcode")
}
