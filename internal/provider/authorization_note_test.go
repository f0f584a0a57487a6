package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func TestNotePrefix(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := func(arguments string) string {
		return sim.config("resource \"ghes_authorization\" \"test\" {\n" + arguments + "\n}")
	}
	action := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(testAddress, action)}}
	}
	madeOf := func(prefix string) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("note"), knownvalue.StringRegexp(regexp.MustCompile("^"+prefix+"[a-z2-7]{12}$")))
	}
	sim.test(t,
		resource.TestStep{
			Config:            config(`note_prefix = "ci-"`),
			ConfigStateChecks: []statecheck.StateCheck{madeOf("ci-"), sim.expectTokenInState()},
		},
		resource.TestStep{ // its note stays
			PreConfig:         sim.forget,
			Config:            config("note_prefix = \"ci-\"\nscopes = [\"repo\"]"),
			ConfigPlanChecks:  action(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{sim.expectBody(`{"scopes":["repo"]}`), madeOf("ci-")},
		},
		resource.TestStep{ // somebody renamed it
			PreConfig: func() {
				sim.EditAuthorization(sim.only(), func(a *ghessim.Authorization) { a.Note = new("mine") })
			},
			Config: config("note_prefix = \"ci-\"\nscopes = [\"repo\"]"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(testAddress, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(testAddress, tfjsonpath.New("note")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{madeOf("ci-"), sim.expectTokenInState()},
		},
		resource.TestStep{
			Config:            config(`note_prefix = "cd-"`),
			ConfigPlanChecks:  action(plancheck.ResourceActionDestroyBeforeCreate),
			ConfigStateChecks: []statecheck.StateCheck{madeOf("cd-")},
		},
		resource.TestStep{
			Config:            config(`note = "ci"`),
			ConfigPlanChecks:  action(plancheck.ResourceActionDestroyBeforeCreate),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("note"), knownvalue.StringExact("ci"))},
		},
		resource.TestStep{
			Config:            config(`note_prefix = "ci-"`),
			ConfigPlanChecks:  action(plancheck.ResourceActionDestroyBeforeCreate),
			ConfigStateChecks: []statecheck.StateCheck{madeOf("ci-")},
		},
	)
}

// expectBody checks the body of the one request that wrote something.
func (i *instance) expectBody(want string) statecheck.StateCheck {
	return stateCheck(func() error {
		var bodies string
		for _, r := range i.Requests() {
			bodies += r.Body
		}
		if strings.TrimSpace(bodies) != want {
			return fmt.Errorf("sent %s, want %s", bodies, want)
		}
		return nil
	})
}

// A prefix that only the apply knows creates the note as well, and so
// does one of an app's token.
func TestNotePrefix_unknownAndOfAnApp(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(fmt.Sprintf(`
resource "terraform_data" "later" { input = "later-" }

resource "ghes_authorization" "unknown" { note_prefix = terraform_data.later.output }

resource "ghes_authorization" "app" {
  client_id     = %[1]q
  client_secret = %[2]q
  note_prefix   = "app-"
}

resource "ghes_authorization_fingerprint" "app" {
  client_id     = %[1]q
  client_secret = %[2]q
  fingerprint   = "builder"
  note_prefix   = "builder-"
}
`, testClientID, testSecret)))
	w.must(0, "apply", "-auto-approve")
	notes := ""
	for _, a := range sim.Authorizations() {
		notes += *a.Note + " "
	}
	contains(t, notes, "later-", "app-", "builder-")
	w.must(0, "plan", "-detailed-exitcode")
	w.must(0, "destroy", "-auto-approve")
}
