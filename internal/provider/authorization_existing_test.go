package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// The plan names the authorization that it adopts or revokes, and its changes.
func TestExisting_plan(t *testing.T) {
	t.Parallel()
	for what := range existingAuthorizations {
		for policy, want := range map[string][]string{
			"adopt":   {"Warning: Authorization 1 will be adopted", "The apply changes: ", `scopes (currently ["gist"])`, "Its token stays valid"},
			"replace": {"Warning: Authorization 1 will be revoked", `and scopes ["gist"], created at 20`, " days ago", "the apply revokes its token", "This cannot be undone."},
			"fail":    {"1 to add"},
		} {
			t.Run(what+", "+policy, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				sim.AddAuthorization(existingAuthorizations[what])
				w := newWorkspace(t, sim.config(existingConfig(what, policy)))
				output := w.must(0, "plan")
				contains(t, output, want...)
				sent := []string{listAuthorizations}
				if policy == "fail" {
					containsNone(t, output, "Warning")
					sent = nil
				}
				if err := sim.checkSent(sent...); err != nil {
					t.Error(err)
				}
				sim.forget()
				w.must(0, "plan", "-refresh=false")
				if err := sim.checkSent(sent...); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// One reading of the list serves all resources of a plan.
func TestExisting_list(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for i := range 150 {
		sim.AddAuthorization(ghessim.Authorization{Note: new(fmt.Sprintf("ci-%d", i))})
	}
	w := newWorkspace(t, sim.config("resource \"ghes_authorization\" \"test\" {\n  count = 120\n  note = \"ci-${count.index}\"\n  on_existing = \"replace\"\n}\n"))
	output := w.must(0, "plan")
	contains(t, output, "Warning: Authorization 1 will be revoked", "Warning: Authorization 120 will be revoked")
	if err := sim.checkSent(listAuthorizations, strings.Replace(listAuthorizations, "page=1", "page=2", 1)); err != nil {
		t.Error(err)
	}
}

// A replacement that takes over another authorization than the one that it replaces says so.
func TestExisting_replacement(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(byFingerprint("a", `on_existing = "replace"`)))
	w.must(0, "apply", "-auto-approve")
	sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("b"), Note: new("old")})
	w.write("main.tf", sim.config(byFingerprint("b", `on_existing = "replace"`)))
	contains(t, w.must(0, "plan"), "1 to add, 0 to change, 1 to destroy", "Warning: Authorization 2 will be revoked", `with note "old"`)
	w.write("main.tf", sim.config(byFingerprint("b", `on_existing = "adopt"`)))
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Authorization 2 will be adopted", "Warning: Authorization 2 was adopted")
	if sim.only() != 2 {
		t.Errorf("server has %+v", sim.Authorizations())
	}
	w.must(0, "plan", "-detailed-exitcode")
}

// While it cannot be known, the plan says that it cannot tell.
func TestExisting_unknown(t *testing.T) {
	t.Parallel()
	const later = "resource \"terraform_data\" \"later\" {\n  input = %q\n}\n"
	sim := newInstance(t)
	unknownURL := strings.Replace(sim.config(existingConfig("personal", "adopt")), fmt.Sprintf("%q", sim.url), "terraform_data.later.output", 1) + fmt.Sprintf(later, sim.url)
	unknownNote := sim.config(strings.Replace(existingConfig("personal", "replace"), `"ci"`, "terraform_data.later.output", 1) + fmt.Sprintf(later, "ci"))
	unknownPolicy := sim.config(strings.Replace(existingConfig("personal", "replace"), `"replace"`, "terraform_data.later.output", 1) + fmt.Sprintf(later, "adopt"))
	for name, config := range map[string]string{"setting": unknownURL, "note": unknownNote, "policy": unknownPolicy} {
		contains(t, newWorkspace(t, config).must(0, "plan"), "Warning: An existing authorization", "may be adopted or revoked", "The plan cannot tell")
		if err := sim.checkSent(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorkspace(t, sim.config("resource \"ghes_authorization\" \"test\" {\n  note_prefix = \"ci-\"\n  on_existing = \"replace\"\n}\n"))
	containsNone(t, w.must(0, "plan"), "Warning") // a generated note is new
}

// decomposed spells é in two characters, as the server stores it. Terraform's strings have one.
const decomposed = "cafe\u0301"

// Notes and fingerprints are compared by what they mean, and not by their bytes.
func TestExisting_unicode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		existing ghessim.Authorization
		config   string
	}{
		"note":        {ghessim.Authorization{Note: new(decomposed)}, "resource \"ghes_authorization\" \"test\" {\n  note = \"café\"\n  on_existing = %q\n}\n"},
		"fingerprint": {ghessim.Authorization{ClientID: testClientID, Fingerprint: new(decomposed)}, byFingerprint("café", "on_existing = %q")},
	} {
		for policy, left := range map[string]int64{"adopt": 1, "replace": 2} {
			t.Run(name+", "+policy, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				sim.AddAuthorization(test.existing)
				w := newWorkspace(t, sim.config(fmt.Sprintf(test.config, policy)))
				contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Authorization 1 will be ")
				if sim.only() != left {
					t.Errorf("server has %+v", sim.Authorizations())
				}
				w.must(0, "plan", "-detailed-exitcode")
			})
		}
	}
}

// The same holds for data sources, filters and imports.
func TestUnicode(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{Note: new(decomposed + " 1")})
	sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new(decomposed), Note: new("app")})
	w := newWorkspace(t, sim.config(`
data "ghes_authorization" "id" {
  id = 1
}
data "ghes_authorization" "note" {
  note = data.ghes_authorization.id.note
}
data "ghes_authorization" "fingerprint" {
  client_id   = "`+testClientID+`"
  fingerprint = "café"
}
data "ghes_authorizations" "prefix" {
  note_prefix = "café"
}
output "ids" {
  value = concat([data.ghes_authorization.note.id, data.ghes_authorization.fingerprint.id], data.ghes_authorizations.prefix.authorizations[*].id)
}
`+byFingerprint("café", `note = "app"`)+`
resource "ghes_authorization" "prefix" {
  note_prefix = "café"
}
`))
	w.must(0, "import", "ghes_authorization_fingerprint.test", testClientID+"/café")
	w.must(0, "import", "ghes_authorization.prefix", "1")
	w.must(0, "apply", "-auto-approve")
	contains(t, w.must(0, "output", "-json", "ids"), "[1,2,1]")
	if n := len(sim.Authorizations()); n != 2 {
		t.Errorf("server has %+v", sim.Authorizations())
	}
	w.must(0, "plan", "-detailed-exitcode")
}

// With -replace, Terraform drops the warnings about the new authorization, so a replacement that
// would adopt or revoke another one is refused, whether or not Terraform manages that one.
func TestExisting_unannounced(t *testing.T) {
	t.Parallel()
	for name, managed := range map[string]string{"managed": "resource \"ghes_authorization\" \"b\" {\n  note = \"b\"\n}\n", "not managed": ""} {
		for _, policy := range []string{"adopt", "replace"} {
			t.Run(name+", "+policy, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				a := "resource \"ghes_authorization\" \"a\" {\n  note = %q\n  on_existing = %q\n}\n"
				w := newWorkspace(t, sim.config(managed+fmt.Sprintf(a, "a", policy)))
				w.must(0, "apply", "-auto-approve")
				if managed == "" {
					sim.AddAuthorization(ghessim.Authorization{Note: new("b")})
				}
				w.write("main.tf", sim.config(managed+fmt.Sprintf(a, "b", policy)))
				contains(t, w.must(1, "apply", "-auto-approve", "-replace=ghes_authorization.a"), "Unable to plan the replacement", "would adopt or revoke authorization", "Nothing was changed.")
				if n := len(sim.Authorizations()); n != 2 {
					t.Errorf("%d authorizations are left", n)
				}
				// The replacement of the same authorization is announced by the plan itself.
				w.write("main.tf", sim.config(managed+fmt.Sprintf(a, "a", policy)))
				w.must(0, "apply", "-auto-approve", "-replace=ghes_authorization.a")
			})
		}
	}
}
