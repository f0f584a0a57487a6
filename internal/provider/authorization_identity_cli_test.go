package provider

import (
	"fmt"
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
			sim.checkStoredIdentity(t, w)
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

// checkStoredIdentity checks the identity in the state, which must be that of authorization 1.
func (i *instance) checkStoredIdentity(t *testing.T, w *workspace) {
	t.Helper()
	identity := fmt.Sprintf(`"identity": { "host": %q, "id": 1, "user": %q }`, i.host(), testUser)
	if state := strings.Join(strings.Fields(w.read("terraform.tfstate")), " "); !strings.Contains(state, identity) {
		t.Errorf("the state does not have %s:\n%s", identity, state)
	}
}

// A state without an identity, and one with an identity of version 0, get the present one by a
// refresh. The plan is empty before that, too.
func TestIdentity_storedBefore(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.12")
	for name, stored := range map[string]string{"none": "", "version 0": `"identity_schema_version": 0, "identity": {"id": 1},`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(twin("a", "")))
			w.must(0, "apply", "-auto-approve")
			state := w.read("terraform.tfstate")
			before, rest, ok := strings.Cut(state, `"identity_schema_version"`)
			_, after, ok2 := strings.Cut(rest, "},")
			if !ok || !ok2 {
				after, ok = strings.CutPrefix(rest[strings.Index(rest, "}"):], "}")
				before = strings.TrimRight(strings.TrimSpace(before), ",")
				stored = strings.TrimSuffix(","+stored, ",")
			}
			if !ok {
				t.Fatal(state)
			}
			w.write("terraform.tfstate", before+stored+after)
			w.must(0, "plan", "-detailed-exitcode", "-refresh=false")
			w.must(0, "plan", "-detailed-exitcode")
			w.must(0, "apply", "-refresh-only", "-auto-approve")
			w.must(0, "apply", "-auto-approve")
			w.write("main.tf", sim.config(twin("a", `scopes = ["repo"]`)))
			w.must(0, "apply", "-auto-approve")
			sim.checkStoredIdentity(t, w)
		})
	}
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
	sim.checkStoredIdentity(t, w)
	w.must(0, "plan", "-detailed-exitcode")
}
