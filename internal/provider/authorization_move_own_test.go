package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// A moved block between the resources of the provider keeps the token and the ID, and
// creates and deletes nothing.
func TestMoveOwn(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	fingerprint := byFingerprint("fp", `store_token = STORE`)
	plain := strings.Replace(fingerprint, "ghes_authorization_fingerprint", "ghes_authorization", 1)
	const moved = "moved {\n  from = %s.test\n  to   = %s.test\n}\n"
	for _, store := range []string{"true", "false"} {
		for name, test := range map[string]struct{ before, after, from, to string }{
			"to the fingerprint":   {plain, fingerprint, "ghes_authorization", "ghes_authorization_fingerprint"},
			"from the fingerprint": {fingerprint, plain, "ghes_authorization_fingerprint", "ghes_authorization"},
		} {
			t.Run(name+", "+store, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				w := newWorkspace(t, sim.config(strings.Replace(test.before, "STORE", store, 1)))
				w.must(0, "apply", "-auto-approve")
				token := sim.Authorizations()[0].Token
				after := sim.config(strings.Replace(test.after, "STORE", store, 1) + "\n" + fmt.Sprintf(moved, test.from, test.to))
				w.write("main.tf", after)
				contains(t, w.must(0, "apply", "-auto-approve"), "has moved to "+test.to+".test", "0 added, 0 changed, 0 destroyed")
				w.must(0, "plan", "-detailed-exitcode")
				if sim.only() != 1 {
					t.Errorf("server has %+v", sim.Authorizations())
				}
				if got := strings.Contains(w.read("terraform.tfstate"), token); got != (store == "true") {
					t.Errorf("the state has the token: %t", got)
				}
				// The private state is kept, too: it shows that the token was reset.
				sim.EditAuthorization(1, func(a *ghessim.Authorization) { a.Token = "made-up-reset-token" })
				contains(t, w.must(0, "plan"), "The token was reset outside of Terraform", "1 to add, 0 to change, 1 to destroy")
			})
		}
	}
}

// An authorization that the fingerprint resource cannot manage stays in ghes_authorization.
func TestMoveOwn_refused(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	for name, before := range map[string]string{
		"personal":                twin("test", ""),
		"no fingerprint":          "resource \"ghes_authorization\" \"test\" {\n  client_id = \"" + testClientID + "\"\n  client_secret = \"" + testSecret + "\"\n}\n",
		"fingerprint no path has": strings.Replace(byFingerprint("a/b", ""), "ghes_authorization_fingerprint", "ghes_authorization", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(before))
			w.must(0, "apply", "-auto-approve")
			w.write("main.tf", sim.config(byFingerprint("fp", "")+"\nmoved {\n  from = ghes_authorization.test\n  to   = ghes_authorization_fingerprint.test\n}\n"))
			contains(t, w.must(1, "apply", "-auto-approve"), "Unable to move authorization", "Authorization 1 has no OAuth app, or no fingerprint", "Restore the block of ghes_authorization")
			if sim.only() != 1 {
				t.Errorf("server has %+v", sim.Authorizations())
			}
		})
	}
}

// The guide's block works for a token that ghes_authorization has created.
func TestMoveOwn_example(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	sim := newInstance(t, func(o *ghessim.Options) {
		o.Apps = append(o.Apps, ghessim.App{ClientID: "abcde12345fghij67890", ClientSecret: testSecret, Name: "Builder"})
	})
	moved := example(t, "guides/moving/to-fingerprint.tf")
	_, resource, _ := strings.Cut(moved, "\n}\n")
	w := newWorkspace(t, sim.config(strings.Replace(resource, "ghes_authorization_fingerprint", "ghes_authorization", 1)))
	w.env = append(w.env, "TF_VAR_client_secret="+testSecret)
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", sim.config(moved))
	contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
}
