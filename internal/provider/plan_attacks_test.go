package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// A resource that gets a note or a fingerprint in this run keeps it, also if another resource
// would replace or adopt the authorization with it.
func TestAttack_changedInSameRun(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"replace", "adopt"} {
		for _, parallelism := range []string{"1", "20"} {
			t.Run(policy+parallelism, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				const a = "resource \"ghes_authorization\" \"a\" {\n  note = %q\n}\n"
				w := newWorkspace(t, sim.config(fmt.Sprintf(a, "old")))
				w.must(0, "apply", "-auto-approve")
				w.write("main.tf", sim.config(fmt.Sprintf(a, "ci")+twin("b", fmt.Sprintf("on_existing = %q\n  depends_on = [ghes_authorization.a]", policy))))
				contains(t, w.must(1, "apply", "-auto-approve", "-parallelism="+parallelism), "another resource created, adopted or changed authorization ")
				if sim.only() != 1 {
					t.Errorf("server has %+v", sim.Authorizations())
				}
			})
		}
	}
}

// If several authorizations have the same app and fingerprint, none of them is replaced.
func TestAttack_severalForOneKey(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for _, note := range []string{"first", "second"} {
		sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("fp"), Note: &note})
	}
	w := newWorkspace(t, sim.config(byFingerprint("fp", `on_existing = "replace"`)))
	contains(t, w.must(1, "apply", "-auto-approve"), "Several authorizations have the same note, or the same app and fingerprint: 1, 2")
	if n := len(sim.Authorizations()); n != 2 {
		t.Errorf("%d authorizations are left", n)
	}
}

// Two spellings of the same note are two authorizations on the server. A rotation of one leaves
// the other one alone.
func TestAttack_spellings(t *testing.T) {
	t.Parallel()
	const b = "resource \"ghes_authorization\" \"b\" {\n  note = \"café\"\n}\n"
	for name, managed := range map[string]string{"managed": b, "not managed": ""} {
		for _, policy := range []string{"replace", "adopt"} {
			t.Run(name+", "+policy, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				sim.AddAuthorization(ghessim.Authorization{Note: new("café")})
				sim.AddAuthorization(ghessim.Authorization{Note: new(decomposed)})
				a := "resource \"ghes_authorization\" \"a\" {\n  note = \"café\"\n  on_existing = \"" + policy + "\"\n  rotate_when_changed = { v = %q }\n}\n"
				w := newWorkspace(t, sim.config(fmt.Sprintf(a, "1")+managed))
				w.must(0, "import", "ghes_authorization.a", "1")
				if managed != "" {
					w.must(0, "import", "ghes_authorization.b", "2")
				}
				w.must(0, "apply", "-auto-approve")
				w.write("main.tf", sim.config(fmt.Sprintf(a, "2")+managed))
				output, code := w.run("plan")
				isAnnounced := strings.Contains(output, "Authorization 2 will be") || strings.Contains(output, "Authorization 2 is managed twice")
				if !isAnnounced || managed != "" && policy == "replace" && code != 1 {
					t.Errorf("exit code %d: %s", code, output)
				}
			})
		}
	}
}

// With the default on_existing, another spelling of the same note is an error, too.
func TestAttack_otherSpellingFails(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{Note: new(decomposed)})
	w := newWorkspace(t, sim.config("resource \"ghes_authorization\" \"a\" {\n  note = \"café\"\n}\n"))
	contains(t, w.must(1, "apply", "-auto-approve"), "Unable to create authorization", "Authorization 1 of user ")
	if sim.only() != 1 {
		t.Errorf("server has %+v", sim.Authorizations())
	}
}

// Two new resources that would take over the same authorization are an error in the plan.
func TestAttack_takenTwice(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"replace", "adopt"} {
		sim := newInstance(t)
		sim.AddAuthorization(ghessim.Authorization{Note: new("ci")})
		onExisting := fmt.Sprintf("on_existing = %q", policy)
		w := newWorkspace(t, sim.config(twin("a", onExisting)+twin("b", onExisting)))
		contains(t, w.must(1, "plan"), "Two new resources would adopt or revoke authorization 1")
	}
}

// The warning about an adoption of a tainted resource explains the case without
// create_before_destroy.
func TestAttack_tainted(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(twin("a", `on_existing = "adopt"`)))
	w.must(0, "apply", "-auto-approve")
	w.must(0, "taint", "ghes_authorization.a")
	contains(t, w.must(0, "plan"), "If the resource is tainted and has no create_before_destroy, Terraform revokes the authorization first")
}

// No warning of a plan contains a secret, a planned value that may be sensitive, or
// characters that control a terminal.
func TestAttack_texts(t *testing.T) {
	t.Parallel()
	const sensitive = "made-up-sensitive-value"
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("f0"), Note: new("secret is " + testSecret), Scopes: []string{"gist"}})
	config := sim.appTokens(12, fmt.Sprintf("on_existing = \"adopt\"\nnote = var.s\nscopes = [\"repo\", \"\\u001b[31mError: forged\", %q]", testPassword)) +
		"\nvariable \"s\" {\n  sensitive = true\n  default = \"" + sensitive + "\"\n}\n"
	w := newWorkspace(t, config)
	output := w.must(0, "plan")
	contains(t, output, "Authorization 1 will be adopted", "Too many tokens for the app")
	_, warnings, _ := strings.Cut(output, "Plan: ")
	for _, secret := range []string{testSecret, sensitive} {
		if found := strings.Count(warnings, secret); found > 0 {
			t.Errorf("%q is in the warnings:\n%s", secret, warnings)
		}
	}
	_, tooMany, _ := strings.Cut(warnings, "Too many tokens")
	tooMany, _, _ = strings.Cut(tooMany, "Warning: ")
	containsNone(t, tooMany, "forged", testPassword)
}

// A replacement without a refresh revokes no other grants than those of which the plan warns.
func TestAttack_grantsWithoutRefresh(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	sim.allow(testClientID)
	w := newWorkspace(t, sim.exclusive(testClientID))
	w.must(0, "apply", "-auto-approve")
	sim.allow(chatID)
	contains(t, w.must(1, "apply", "-auto-approve", "-refresh=false", "-replace=ghes_grants_exclusive.test"), "Unable to plan the replacement", "have changed since the last refresh")
	sim.checkGrants(t, testClientID, chatID)
	contains(t, w.must(0, "apply", "-auto-approve", "-replace=ghes_grants_exclusive.test"), "Grants will be revoked: 1")
}
