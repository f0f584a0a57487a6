package provider

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const examples = "../../examples"

// exampleFiles returns the examples that match, with their text.
func exampleFiles(t *testing.T, pattern string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(examples, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no example matches %s (%v)", pattern, err)
	}
	texts := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

// Every example works as it stands, but for the address of the server: it is
// applied, the plan after it is empty, and destroying it leaves nothing.
func TestExamples_apply(t *testing.T) {
	t.Parallel()
	provider := exampleFiles(t, "provider/provider.tf")[examples+"/provider/provider.tf"]
	all := exampleFiles(t, "resources/*/resource*.tf")
	maps.Copy(all, exampleFiles(t, "demo/*.tf"))
	maps.Copy(all, exampleFiles(t, "functions/*scopes*/function.tf"))
	for name, text := range all {
		t.Run(strings.TrimPrefix(name, examples+"/"), func(t *testing.T) {
			t.Parallel()
			if strings.Contains(text, "_wo ") {
				needsCLI(t, "1.11")
			}
			sim := newInstance(t)
			config := strings.ReplaceAll(provider, "https://ghe.example.com", sim.url)
			if strings.Contains(text, "required_providers") { // brings settings from the environment
				config, text = "", strings.Replace(text, `provider "ghes" {`, fmt.Sprintf("variable \"ghes_password\" {}\nprovider \"ghes\" {\n  base_url = %q\n  username = \"octocat\"\n  password = var.ghes_password\n", sim.url), 1)
			}
			w := newWorkspace(t, config+text)
			w.env = append(w.env, "TF_VAR_ghes_password="+testPassword, "TF_VAR_client_id="+testClientID, "TF_VAR_client_secret="+testSecret)
			w.must(0, "apply", "-auto-approve")
			w.must(0, "plan", "-detailed-exitcode")
			if strings.Contains(text, `resource "ghes_authorization`) && len(sim.Authorizations()) == 0 {
				t.Error("the example makes no authorization")
			}
			w.must(0, "destroy", "-auto-approve")
			if left := sim.Authorizations(); len(left) != 0 {
				t.Errorf("left on the server: %+v", left)
			}
		})
	}
}

// The two ways to import lead to the same state, and to an empty plan.
func TestExamples_import(t *testing.T) {
	t.Parallel()
	resource := exampleFiles(t, "resources/ghes_authorization/resource.tf")
	block := exampleFiles(t, "resources/ghes_authorization/import-by-string-id.tf")
	command := exampleFiles(t, "resources/ghes_authorization/import.sh")
	dir := examples + "/resources/ghes_authorization/"

	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{
		ID: 123, Note: new("CI: clone, and set commit statuses"), NoteURL: new("https://ci.example.com"), Scopes: []string{"repo"},
	})
	w := newWorkspace(t, sim.config(resource[dir+"resource.tf"]+block[dir+"import-by-string-id.tf"]))
	contains(t, w.must(0, "apply", "-auto-approve"), "1 imported, 0 added, 0 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode")

	w = newWorkspace(t, sim.config(resource[dir+"resource.tf"]))
	for line := range strings.Lines(command[dir+"import.sh"]) {
		if arguments, ok := strings.CutPrefix(strings.TrimSpace(line), "terraform "); ok {
			w.must(0, strings.Fields(arguments)...)
		}
	}
	contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
}

func TestExamples_importByIdentity(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.12")
	dir := examples + "/resources/ghes_authorization/"
	files := exampleFiles(t, "resources/ghes_authorization/*.tf")
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{
		ID: 123, Note: new("CI: clone, and set commit statuses"), NoteURL: new("https://ci.example.com"), Scopes: []string{"repo"},
	})
	w := newWorkspace(t, sim.config(files[dir+"resource.tf"]+files[dir+"import-by-identity.tf"]))
	contains(t, w.must(0, "apply", "-auto-approve"), "1 imported, 0 added, 0 changed, 0 destroyed")
	contains(t, w.read("terraform.tfstate"), `"identity": {
            "id": 123
          }`)
	w.must(0, "plan", "-detailed-exitcode")
}

// The example hands out the token that the server made, and nothing keeps it.
func TestExamples_authorizationTokenEphemeral(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	example := examples + "/ephemeral-resources/ghes_authorization_token/ephemeral-resource.tf"
	w := newWorkspace(t, requiringVault(sim.config(exampleFiles(t, "ephemeral-resources/ghes_authorization_token/*.tf")[example])))
	v := w.withVault(t)
	w.must(0, "apply", "-auto-approve")
	v.has(t, sim, 1)
	w.must(0, "plan", "-detailed-exitcode")
	if found := w.find(v.tokens()[0]); len(found) > 0 {
		t.Errorf("the token is in %q", found)
	}
}

// The token for one run is there for the script, and nowhere afterwards; what a
// killed run has left is found.
func TestExamples_ephemeral(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	dir := examples + "/ephemeral-resources/ghes_authorization/"
	files := exampleFiles(t, "ephemeral-resources/ghes_authorization/*.tf")
	sim := newInstance(t)
	made := recordMade(sim)
	w := newWorkspace(t, sim.config(files[dir+"ephemeral-resource.tf"]))
	w.env = append(w.env, "TF_VAR_release=1.2.3")
	w.write("deploy.sh", `echo "$RELEASE $GITHUB_TOKEN" >deployed`)
	w.must(2, "plan", "-detailed-exitcode")
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	if err := sim.checkSent("POST /api/v3/authorizations", "DELETE /api/v3/authorizations/1"); err != nil {
		t.Error(err)
	}
	if want := "1.2.3 " + made()[0].Token + "\n"; w.read("deployed") != want {
		t.Errorf("deployed %q, want %q", w.read("deployed"), want)
	}

	sim.AddAuthorization(ghessim.Authorization{ID: 7, Note: new("deploy abcdefghijkl")})
	w = newWorkspace(t, sim.config(files[dir+"leftovers.tf"]))
	contains(t, w.must(0, "apply", "-auto-approve"), `left = { "7" = "20`)
}
