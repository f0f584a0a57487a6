package provider

import (
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func TestGuides_importInBulk(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for _, a := range []ghessim.Authorization{
		{Note: new("CI: linux"), Scopes: []string{"repo"}},
		{Note: new("CI: windows"), NoteURL: new("https://ci.example.com")},
		{Note: new("mine")},
		{ClientID: testClientID, Note: new("CI: app"), Fingerprint: new("a")},
	} {
		sim.AddAuthorization(a)
	}
	w := newWorkspace(t, sim.config(exampleFiles(t, "guides/import-in-bulk/main.tf")[examples+"/guides/import-in-bulk/main.tf"]))
	contains(t, w.must(0, "apply", "-auto-approve"), "3 imported, 0 added, 0 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
	for _, r := range sim.Requests() {
		if r.Method != "GET" {
			t.Errorf("sent %s %s", r.Method, r.Path)
		}
	}
}

func TestGuides_oauthApps(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(exampleFiles(t, "guides/oauth-apps/main.tf")[examples+"/guides/oauth-apps/main.tf"]))
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
