package provider

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// rotating is an authorization that is replaced after so many days, the new one
// first.
func rotating(days int, scopes string) string {
	return fmt.Sprintf(`
resource "ghes_authorization" "test" {
  note_prefix       = "ci-"
  rotate_after_days = %d
  scopes            = [%s]
  lifecycle { create_before_destroy = true }
}`, days, scopes)
}

func TestRotation(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	replaced := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(testAddress, plancheck.ResourceActionCreateBeforeDestroy),
		plancheck.ExpectUnknownValue(testAddress, tfjsonpath.New("token")),
	}}
	sim.test(t,
		resource.TestStep{
			Config:            sim.config(rotating(30, "")),
			ConfigStateChecks: []statecheck.StateCheck{sim.expectSent("POST /api/v3/authorizations"), sim.expectRotateAt(30)},
		},
		resource.TestStep{ // a day before
			PreConfig:        func() { sim.advance(29) },
			Config:           sim.config(rotating(30, "")),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
		resource.TestStep{
			PreConfig:        func() { sim.advance(1); sim.forget() },
			Config:           sim.config(rotating(30, "")),
			ConfigPlanChecks: replaced,
			ConfigStateChecks: []statecheck.StateCheck{
				stateCheck(func() error {
					if sent := sim.sent(); !slices.Equal(sent, []string{"GET /api/v3/authorizations/1", "POST /api/v3/authorizations", "DELETE /api/v3/authorizations/1"}) {
						return fmt.Errorf("sent %q", sent)
					}
					return nil
				}),
				sim.expectTokenInState(),
				sim.expectRotateAt(30),
			},
		},
		resource.TestStep{ // changed in place, and not due
			PreConfig: func() { sim.advance(10); sim.forget() },
			Config:    sim.config(rotating(20, "")),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(testAddress, plancheck.ResourceActionUpdate),
			}},
			ConfigStateChecks: []statecheck.StateCheck{sim.expectSent("GET /api/v3/authorizations/2"), sim.expectRotateAt(20)},
		},
		resource.TestStep{ // changed, and due by that
			Config:            sim.config(rotating(10, "")),
			ConfigPlanChecks:  replaced,
			ConfigStateChecks: []statecheck.StateCheck{sim.expectRotateAt(10)},
		},
		resource.TestStep{ // no longer rotated
			PreConfig: func() { sim.advance(1000) },
			Config:    sim.config(strings.Replace(rotating(0, ""), "rotate_after_days = 0", "", 1)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(testAddress, plancheck.ResourceActionUpdate),
				plancheck.ExpectKnownValue(testAddress, tfjsonpath.New("rotate_at"), knownvalue.Null()),
			}},
		},
	)
}

// expectRotateAt checks rotate_at against the server's created_at.
func (i *instance) expectRotateAt(days int) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("rotate_at"), knownvalue.StringFunc(func(at string) error {
		a, _ := i.Authorization(i.only())
		if want := a.CreatedAt.UTC().Add(time.Duration(days) * 24 * time.Hour).Format(time.RFC3339); at != want {
			return fmt.Errorf("rotate_at is %s, want %s", at, want)
		}
		return nil
	}))
}

// A plan that was made before the token was due, and has something else to do,
// is applied as it was planned. The next one rotates.
func TestRotation_dueBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	for name, changed := range map[string]string{
		"other change":      rotating(30, `"repo"`),
		"change of the age": rotating(31, ""),
		"sooner":            rotating(29, ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(rotating(30, "")), WithClock(sim.now))
			w.must(0, "apply", "-auto-approve")
			sim.advance(28)
			w.write("main.tf", sim.config(changed))
			contains(t, w.must(2, "plan", "-out=saved.tfplan", "-detailed-exitcode"), "1 to change")
			sim.advance(5)
			contains(t, w.must(0, "apply", "saved.tfplan"), "0 added, 1 changed, 0 destroyed")
			contains(t, w.must(2, "plan", "-detailed-exitcode"), "Warning: The token is due for rotation", "with rotate_after_days = ", "rotate_at", "1 to add, 0 to change, 1 to destroy")
		})
	}
}

// The plan has to know. A new authorization is not due, so that there it need not.
func TestRotation_unknown(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := func(days int) string {
		return sim.config(strings.Replace(rotating(0, ""), "= 0", "= terraform_data.days.output", 1) +
			fmt.Sprintf("\nresource \"terraform_data\" \"days\" { input = %d }\n", days))
	}
	w := newWorkspace(t, config(30), WithClock(sim.now))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", config(20))
	w.must(0, "apply", "-auto-approve")
	sim.advance(19)
	w.write("main.tf", config(10))
	contains(t, w.must(1, "plan"), "Error: Unknown rotate_after_days", "whether authorization 1 is due")
	w.must(0, "apply", "-auto-approve", "-target=terraform_data.days")
	contains(t, w.must(0, "apply", "-auto-approve"), "1 added, 0 changed, 1 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
}

// Time alone changes nothing in the state: every run would write a new one. (The
// CLIs do not keep the order of other things in there.)
func TestRotation_stateIsStill(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(rotating(30, "")+"\nresource \"ghes_authorization\" \"other\" { note = \"other\" }\n"), WithClock(sim.now))
	w.must(0, "apply", "-auto-approve")
	w.must(0, "apply", "-auto-approve")
	private := func() []string {
		return regexp.MustCompile(`"private": .*`).FindAllString(w.read("terraform.tfstate"), -1)
	}
	before := private()
	sim.advance(5)
	w.must(0, "apply", "-auto-approve")
	if after := private(); !slices.Equal(after, before) {
		t.Errorf("the private state was %q, and is %q", before, after)
	}
}

// An adoption of what is due says so, and a replacement that may adopt what it
// replaces, too.
func TestRotation_adopted(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.elsewhere(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("builder")})
	sim.advance(40)
	config := func(onExisting string) string {
		return sim.config(fmt.Sprintf(`
resource "ghes_authorization_fingerprint" "test" {
  client_id         = %q
  client_secret     = %q
  fingerprint       = "builder"
  rotate_after_days = 30
  on_existing       = %s
  lifecycle { create_before_destroy = true }
}`, testClientID, testSecret, onExisting))
	}
	w := newWorkspace(t, config("null"), WithClock(sim.now))
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Authorization 1 was adopted", "Warning: The adopted token is due for rotation")
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "Warning: The token is due for rotation", "Warning: A replacement can adopt what it replaces", `Set on_existing to "replace"`)
	w.write("main.tf", config(`"replace"`))
	if output := w.must(0, "apply", "-auto-approve"); strings.Contains(output, "A replacement can adopt") {
		t.Errorf("warned:\n%s", output)
	}
	w.must(0, "plan", "-detailed-exitcode")
	if all := sim.Authorizations(); len(all) != 1 || all[0].ID != 2 {
		t.Errorf("server has %+v", all)
	}
}

// A plan that rotates is applied whenever that may be.
func TestRotation_savedPlan(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(rotating(30, "")), WithClock(sim.now))
	w.must(0, "apply", "-auto-approve")
	sim.advance(30)
	w.must(2, "plan", "-out=saved.tfplan", "-detailed-exitcode")
	sim.advance(1)
	contains(t, w.must(0, "apply", "saved.tfplan"), "1 added, 0 changed, 1 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
}

// An old authorization that is imported is replaced for its age, once that is
// declared, and for nothing else that is new in the configuration.
func TestRotation_imported(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments, plan string
	}{
		"young":                   {`note_prefix = "ci-"` + "\n" + `rotate_after_days = 101`, "1 to import, 0 to add, 1 to change, 0 to destroy"},
		"old":                     {`note_prefix = "ci-"` + "\n" + `rotate_after_days = 100`, "1 to import, 1 to add, 0 to change, 1 to destroy"},
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

func TestRotation_whenChanged(t *testing.T) {
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
