package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// withKey has a key in the place of KEY.
func withKey(arguments string) string {
	return strings.ReplaceAll(arguments, "KEY", "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=")
}

// Which changes replace an authorization that the resource created, and which do not.
// It has note "ci-1".
func TestReplacement_made(t *testing.T) {
	t.Parallel()
	const key = `encrypt_token = { sealed_box_key = "KEY" }`
	for name, test := range map[string]struct {
		before, after string
		replaced      bool
	}{
		"no values, empty":        {``, `rotate_when_changed = {}`, false},
		"empty values, none":      {`rotate_when_changed = {}`, ``, false},
		"a value that is null":    {`rotate_when_changed = {}`, `rotate_when_changed = { a = null }`, false},
		"values":                  {``, `rotate_when_changed = { a = "1" }`, true},
		"stored by default":       {``, `store_token = true`, false},
		"not stored":              {``, `store_token = false`, true},
		"not stored nor before":   {key, key + "\nstore_token = false", false},
		"prefix of the note":      {``, `note_prefix = "ci-"`, false},
		"shorter prefix":          {`note_prefix = "ci-"`, `note_prefix = "c"`, false},
		"note that is there":      {`note_prefix = "ci-"`, ``, false},
		"another prefix":          {``, `note_prefix = "cd-"`, true},
		"prefix and another note": {`note_prefix = "ci-"`, `note = "cd"`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			config := func(arguments string) string {
				if !strings.Contains(arguments, "note") {
					arguments += "\nnote = \"ci-1\""
				}
				return sim.config(fmt.Sprintf("resource \"ghes_authorization\" \"test\" {\n%s\n}", withKey(arguments)))
			}
			w := newWorkspace(t, config(test.before))
			w.must(0, "apply", "-auto-approve")
			sim.EditAuthorization(1, func(a *ghessim.Authorization) { a.Note = new("ci-1") })
			w.must(0, "apply", "-refresh-only", "-auto-approve")
			w.write("main.tf", config(test.after))
			output := w.must(0, "apply", "-auto-approve")
			if a, _ := sim.Authorization(1); (a.ID == 0) != test.replaced {
				t.Errorf("replaced: %t\n%s", a.ID == 0, output)
			}
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

// An imported authorization takes over all arguments at first, together or one after
// another.
func TestReplacement_found(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		steps    []string
		replaced bool
	}{
		"where the token goes":    {[]string{`store_token = false`, `encrypt_token = { sealed_box_key = "KEY" }`, ``}, false},
		"values, later":           {[]string{`store_token = false`, "store_token = false\nrotate_when_changed = { a = 1 }"}, false},
		"values, changed":         {[]string{`rotate_when_changed = { a = 1 }`, `rotate_when_changed = { a = 2 }`}, true},
		"prefix, later":           {[]string{`store_token = false`, "store_token = false\nnote_prefix = \"cd-\""}, false},
		"prefix that has another": {[]string{`note_prefix = "ci-"`, `note_prefix = "cd-"`}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.elsewhere(ghessim.Authorization{Note: new("ci-1")})
			w := newWorkspace(t, "")
			for i, arguments := range append([]string{""}, test.steps...) {
				if !strings.Contains(arguments, "note") {
					arguments += "\nnote = \"ci-1\""
				}
				config := sim.config(fmt.Sprintf("resource \"ghes_authorization\" \"test\" {\n%s\n}", withKey(arguments)))
				w.write("main.tf", config)
				if i == 0 {
					w.must(0, "import", "ghes_authorization.test", "1")
				}
				w.must(0, "apply", "-auto-approve")
				w.must(0, "plan", "-detailed-exitcode")
			}
			if _, there := sim.Authorization(1); there == test.replaced {
				t.Errorf("replaced: %t", !there)
			}
		})
	}
}

// A new argument in the configuration does not replace an imported authorization.
func TestReplacement_imported(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments, plan string
	}{
		"not stored":              {`note = "ci-1"` + "\n" + `store_token = false`, "1 to import, 0 to add, 1 to change, 0 to destroy"},
		"stored":                  {`note = "ci-1"` + "\n" + `store_token = true`, "1 to import, 0 to add, 1 to change, 0 to destroy"},
		"values":                  {`note = "ci-1"` + "\n" + `rotate_when_changed = { a = "1" }`, "1 to import, 0 to add, 1 to change, 0 to destroy"},
		"other prefix":            {`note_prefix = "cd-"`, "1 to import, 0 to add, 1 to change, 0 to destroy"},
		"as it is":                {`note = "ci-1"`, "1 to import, 0 to add, 0 to change, 0 to destroy"},
		"another note":            {`note = "ci-2"`, "1 to import, 0 to add, 1 to change, 0 to destroy"},
		"prefix without a suffix": {`note_prefix = "ci-1"`, "1 to import, 0 to add, 1 to change, 0 to destroy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.elsewhere(ghessim.Authorization{Note: new("ci-1")})
			sim.advance(100)
			w := newWorkspace(t, sim.config(`
import {
  to = ghes_authorization.test
  id = "1"
}
resource "ghes_authorization" "test" {
`+test.arguments+"\n}"), WithClock(sim.now))
			contains(t, w.must(0, "apply", "-auto-approve"), strings.NewReplacer("to import", "imported", "to add", "added", "to change", "changed", "to destroy", "destroyed").Replace(test.plan))
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

func TestReplacement_whenChanged(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := func(arguments string) string {
		return sim.config("resource \"ghes_authorization\" \"test\" {\n  note = \"ci\"\n" + arguments + "\n}")
	}
	step := func(arguments string, action plancheck.ResourceActionType) resource.TestStep {
		return resource.TestStep{
			Config:            config(arguments),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(testAddress, action)}},
			ConfigStateChecks: []statecheck.StateCheck{sim.expectTokenInState()},
		}
	}
	sim.test(t,
		step(`rotate_when_changed = { a = "1" }`, plancheck.ResourceActionCreate),
		step(`rotate_when_changed = { a = "1" }`, plancheck.ResourceActionNoop),
		step(`rotate_when_changed = { a = "2" }`, plancheck.ResourceActionDestroyBeforeCreate),
		step(`rotate_when_changed = { a = "2", b = "1" }`, plancheck.ResourceActionDestroyBeforeCreate),
		step(``, plancheck.ResourceActionDestroyBeforeCreate),
		step(`rotate_when_changed = { a = "1" }`, plancheck.ResourceActionDestroyBeforeCreate),
	)
}
