package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// An import block takes an identity with the ID alone, and with the server, the user or both.
func TestIdentity_importBlock(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.12")
	for _, test := range []struct{ host, user, refused string }{
		{host: "", user: ""},
		{host: "HOST", user: ""},
		{host: "", user: testUser},
		{host: "HOST", user: testUser},
		{host: "ghe.example.com", user: testUser, refused: "on ghe.example.com"},
		{host: "HOST/another/path", user: "", refused: "/another/path"},
		{host: "HOST", user: "hubot", refused: `user "hubot"`},
	} {
		t.Run(test.host+", "+test.user, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.AddAuthorization(ghessim.Authorization{Note: new("ci")})
			identity := "id = 1"
			if test.host != "" {
				identity += fmt.Sprintf("\n    host = %q", strings.Replace(test.host, "HOST", sim.host(), 1))
			}
			if test.user != "" {
				identity += fmt.Sprintf("\n    user = %q", test.user)
			}
			w := newWorkspace(t, sim.config(twin("a", "")+"import {\n  to = ghes_authorization.a\n  identity = {\n    "+identity+"\n  }\n}\n"))
			if test.refused != "" {
				contains(t, w.must(1, "apply", "-auto-approve"), "Unable to import authorization", test.refused, fmt.Sprintf("configured for user %q on %s", testUser, sim.host()))
				if err := sim.checkSent(); err != nil {
					t.Error(err)
				}
				return
			}
			contains(t, w.must(0, "apply", "-auto-approve"), "1 imported, 0 added, 0 changed")
			sim.checkStoredIdentity(t, w, 1)
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

// checkStoredIdentity checks that the state has the identity of authorization id.
func (i *instance) checkStoredIdentity(t *testing.T, w *workspace, id int) {
	t.Helper()
	identity := fmt.Sprintf(`"identity": { "host": %q, "id": %d, "user": %q }`, i.host(), id, testUser)
	if state := strings.Join(strings.Fields(w.state()), " "); !strings.Contains(state, identity) {
		t.Errorf("the state does not have %s:\n%s", identity, state)
	}
}

// A state without an identity, and one with an identity of version 0, get the present one by a
// refresh. The plan is empty before that, too.
func TestIdentity_storedBefore(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.12")
	for name, stored := range map[string]map[string]any{"none": {}, "version 0": {"identity_schema_version": 0, "identity": map[string]any{"id": 1}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(twin("a", "")))
			w.must(0, "apply", "-auto-approve")
			w.editInstance(func(instance map[string]any) {
				delete(instance, "identity")
				delete(instance, "identity_schema_version")
				maps.Copy(instance, stored)
			})
			w.must(0, "plan", "-detailed-exitcode", "-refresh=false")
			w.must(0, "plan", "-detailed-exitcode")
			w.write("main.tf", sim.config(twin("a", `scopes = ["repo"]`)))
			w.must(0, "apply", "-auto-approve")
			sim.checkStoredIdentity(t, w, 1)
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

// editInstance changes the only resource instance in the state.
func (w *workspace) editInstance(edit func(instance map[string]any)) {
	w.t.Helper()
	var state map[string]any
	if err := json.Unmarshal([]byte(w.read("terraform.tfstate")), &state); err != nil {
		w.t.Fatal(err)
	}
	resource := state["resources"].([]any)[0].(map[string]any) //nolint:forcetypeassert // the CLI has written it
	edit(resource["instances"].([]any)[0].(map[string]any))    //nolint:forcetypeassert // likewise
	content, err := json.Marshal(state)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write("terraform.tfstate", string(content))
}

// The identity follows a server that gets another name.
func TestIdentity_renamedHost(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.12")
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(twin("a", "")))
	w.must(0, "apply", "-auto-approve")
	sim.url = strings.Replace(sim.url, "127.0.0.1", "localhost", 1)
	w.write("main.tf", sim.config(twin("a", `scopes = ["repo"]`)))
	w.must(0, "apply", "-auto-approve")
	sim.checkStoredIdentity(t, w, 1)
	w.must(0, "plan", "-detailed-exitcode")
}
