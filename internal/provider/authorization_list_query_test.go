package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// The examples lead from a query to imports that change nothing, whatever is in a
// note.
func TestExamples_query(t *testing.T) {
	t.Parallel()
	needsQueriesAndActions(t)
	for name, test := range map[string]struct {
		listed   []string
		imported string
	}{
		"ghes_authorization":             {[]string{"CI: linux", "CI: windows", "CI: app, Deployer, a"}, "4 imported, 0 added, 0 changed, 0 destroyed"},
		"ghes_authorization_fingerprint": {[]string{"CI: app, Deployer, a"}, "1 imported, 0 added, 0 changed, 0 destroyed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			for _, a := range []ghessim.Authorization{
				{Note: new("CI: linux"), Scopes: []string{"repo"}},
				{Note: new("CI: windows"), NoteURL: new("https://ci.example.com")},
				{Note: new("CI: ${odd} %{if}\n\"quoted\"\\")},
				{Note: new("mine")},
				{ClientID: testClientID, Note: new("CI: app"), Fingerprint: new("a"), Scopes: []string{"repo"}},
			} {
				sim.AddAuthorization(a)
			}
			w := newWorkspace(t, sim.config(""))
			file := examples + "/list-resources/" + name + "/list-resource.tfquery.hcl"
			w.write("tokens.tfquery.hcl", exampleFiles(t, "list-resources/*/*.tfquery.hcl")[file])
			contains(t, w.must(0, "query"), test.listed...)
			w.must(0, "query", "-generate-config-out=generated.tf")
			for _, a := range sim.Authorizations() {
				listed := strings.HasPrefix(*a.Note, "CI: ") && (name == "ghes_authorization" || a.Fingerprint != nil)
				identity := fmt.Sprintf("identity = { host = %q id = %d user = %q }", sim.host(), a.ID, testUser)
				if generated := strings.Join(strings.Fields(w.read("generated.tf")), " "); strings.Contains(generated, identity) != listed {
					t.Errorf("authorization %d is listed: %t, want %t:\n%s", a.ID, !listed, listed, generated)
				}
			}
			contains(t, w.must(0, "apply", "-auto-approve"), test.imported)
			w.must(0, "plan", "-detailed-exitcode")
			for _, r := range sim.Requests() {
				if r.Method != "GET" {
					t.Errorf("sent %s %s", r.Method, r.Path)
				}
			}
		})
	}
}

// A refused password costs one request, and ends the query with an error.
func TestQuery_refused(t *testing.T) {
	t.Parallel()
	needsQueriesAndActions(t)
	sim := newInstance(t, func(o *ghessim.Options) { o.Users[0].Password = "another" })
	w := newWorkspace(t, sim.config(""))
	w.write("tokens.tfquery.hcl", `
list "ghes_authorization" "all" {
  provider = ghes
}
list "ghes_authorization_fingerprint" "all" {
  provider = ghes
}
`)
	contains(t, w.must(1, "query"), "Error: Unable to list authorizations", "401 Unauthorized")
	if sent := sim.sent(); len(sent) != 1 {
		t.Errorf("sent %q", sent)
	}
}
