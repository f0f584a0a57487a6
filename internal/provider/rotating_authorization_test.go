package provider

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

const rotatingAddress = "ghes_rotating_authorization.ci"

// rotating is a token that is rotated after 30 days, with an overlap of two.
func rotating(arguments string) string {
	return `
resource "ghes_rotating_authorization" "ci" {
  note_prefix       = "ci-"
  rotate_after_days = 30
  overlap_days      = 2
` + arguments + "\n}\n"
}

// rotatingWorkspace is a workspace in which the token was created.
func rotatingWorkspace(t *testing.T, arguments string) (*instance, *workspace) {
	t.Helper()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(rotating(arguments)), WithClock(sim.now))
	w.must(0, "apply", "-auto-approve")
	sim.forget()
	return sim, w
}

// rotatedWorkspace is a workspace in which the token was rotated: 1 is the previous one, and 2 the current one.
func rotatedWorkspace(t *testing.T) (*instance, *workspace) {
	t.Helper()
	sim, w := rotatingWorkspace(t, "")
	rotate(sim, w)
	return sim, w
}

func rotate(sim *instance, w *workspace) {
	w.t.Helper()
	w.write("main.tf", sim.config(rotating(`rotate_when_changed = { a = 1 }`)))
	w.must(0, "apply", "-auto-approve")
}

// rotatingAttributesOf is the resource as the state has it.
type rotatingAttributesOf struct {
	ID             int64
	Note           string
	Scopes         []string
	Token          *string
	EncryptedToken *string `json:"encrypted_token"`
	CreatedAt      string  `json:"created_at"`
	RotateAt       string  `json:"rotate_at"`
	Previous       *struct {
		ID       int64
		RevokeAt string `json:"revoke_at"`
	}
}

func (w *workspace) rotating() (attributes rotatingAttributesOf) {
	w.t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct{ Attributes json.RawMessage }
		}
	}
	if err := json.Unmarshal([]byte(w.read("terraform.tfstate")), &state); err != nil {
		w.t.Fatal(err)
	}
	for _, r := range state.Resources {
		if r.Type == "ghes_rotating_authorization" {
			if err := json.Unmarshal(r.Instances[0].Attributes, &attributes); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	return attributes
}

// ids returns the IDs of all authorizations on the server.
func (i *instance) ids() (ids []int64) {
	for _, a := range i.Authorizations() {
		ids = append(ids, a.ID)
	}
	return ids
}

// checkIDs wants the server to have just these.
func (i *instance) checkIDs(t *testing.T, want ...int64) {
	t.Helper()
	if ids := i.ids(); !slices.Equal(ids, want) {
		t.Errorf("the server has authorizations %v, want %v", ids, want)
	}
}

// The life of a token: created, rotated when it is due, and the previous one revoked when its overlap
// has ended.
func TestRotating(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := sim.config(rotating(""))
	update := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(rotatingAddress, plancheck.ResourceActionUpdate)}}
	idle := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	at := func(attribute string) tfjsonpath.Path { return tfjsonpath.New(attribute) }
	sim.test(t,
		resource.TestStep{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("POST /api/v3/authorizations"),
				statecheck.ExpectKnownValue(rotatingAddress, at("id"), knownvalue.Int64Exact(1)),
				statecheck.ExpectKnownValue(rotatingAddress, at("previous"), knownvalue.Null()),
				sim.expectDate("rotate_at", 1, 30),
				sim.expectTokenOf(1),
			},
		},
		resource.TestStep{PreConfig: func() { sim.advance(29) }, Config: config, ConfigPlanChecks: idle},
		resource.TestStep{ // due
			PreConfig: func() { sim.advance(1); sim.forget() },
			Config:    config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(slices.Clone(update.PreApply),
				plancheck.ExpectUnknownValue(rotatingAddress, at("token")),
				plancheck.ExpectKnownValue(rotatingAddress, at("previous").AtMapKey("id"), knownvalue.Int64Exact(1)),
			)},
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/1", "POST /api/v3/authorizations"),
				sim.expectTokenOf(2),
				sim.expectDate("rotate_at", 2, 30),
				sim.expectDate("previous.revoke_at", 2, 2),
			},
		},
		resource.TestStep{PreConfig: func() { sim.advance(1) }, Config: config, ConfigPlanChecks: idle}, // in the overlap
		resource.TestStep{ // after the overlap
			PreConfig:        func() { sim.advance(1); sim.forget() },
			Config:           config,
			ConfigPlanChecks: update,
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/2", "GET /api/v3/authorizations/1", "DELETE /api/v3/authorizations/1"),
				statecheck.ExpectKnownValue(rotatingAddress, at("previous"), knownvalue.Null()),
				sim.expectTokenOf(2),
			},
		},
		resource.TestStep{ // the next one, and both are destroyed at the end
			PreConfig:        func() { sim.advance(40) },
			Config:           config,
			ConfigPlanChecks: update,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(rotatingAddress, at("previous").AtMapKey("id"), knownvalue.Int64Exact(2)),
				sim.expectTokenOf(3),
			},
		},
	)
}

// expectDate checks a time in the state against created_at of an authorization on the server.
func (i *instance) expectDate(attribute string, id int64, days int) statecheck.StateCheck {
	first, rest, nested := strings.Cut(attribute, ".")
	path := tfjsonpath.New(first)
	if nested {
		path = path.AtMapKey(rest)
	}
	return statecheck.ExpectKnownValue(rotatingAddress, path, knownvalue.StringFunc(func(at string) error {
		a, _ := i.Authorization(id)
		if want := a.CreatedAt.UTC().Add(time.Duration(days) * 24 * time.Hour).Format(time.RFC3339); at != want {
			return fmt.Errorf("%s is %s, want %s", attribute, at, want)
		}
		return nil
	}))
}

// expectTokenOf checks that the state has the token of an authorization.
func (i *instance) expectTokenOf(id int64) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(rotatingAddress, tfjsonpath.New("token"), knownvalue.StringFunc(func(token string) error {
		if a, _ := i.Authorization(id); token != a.Token {
			return fmt.Errorf("the state has token %q, authorization %d has %q", token, id, a.Token)
		}
		return nil
	}))
}

// A change of these arguments rotates at once, with an overlap, and a second one revokes the previous token first.
func TestRotating_whenChanged(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string][2]string{
		"values":   {`rotate_when_changed = { a = 1 }`, `rotate_when_changed = { a = 2 }`},
		"stored":   {`store_token = false`, ``},
		"a key":    {withKey(`encrypt_token = { sealed_box_key = "KEY" }`), ``},
		"unknowns": {`rotate_when_changed = { a = terraform_data.a.id }`, `rotate_when_changed = { b = terraform_data.b.id }`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, w := rotatingWorkspace(t, "")
			for i, change := range arguments {
				w.write("main.tf", sim.config(rotating(change)+"resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {\n  count = "+fmt.Sprint(i)+"\n}\n"))
				if i == 1 {
					w.write("main.tf", strings.Replace(w.read("main.tf"), "terraform_data.b.id", "terraform_data.b[0].id", 1))
				}
				output := w.must(0, "apply", "-auto-approve")
				contains(t, output, fmt.Sprintf("Warning: The token of authorization %d will be rotated", i+1), "0 destroyed")
				if i == 1 {
					contains(t, output, "The apply first revokes authorization 1, which cannot be undone.")
				}
				w.must(0, "plan", "-detailed-exitcode")
				sim.checkIDs(t, int64(i+1), int64(i+2))
			}
		})
	}
}

// Scopes and note_url are changed on both tokens, also in a rotation.
func TestRotating_changes(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, `scopes = ["gist"]`)
	check := func(want ...string) {
		t.Helper()
		for _, a := range sim.Authorizations() {
			if !slices.Equal(a.Scopes, want) {
				t.Errorf("authorization %d has scopes %q, want %q", a.ID, a.Scopes, want)
			}
		}
	}
	w.write("main.tf", sim.config(rotating(`scopes = ["repo"]`)))
	contains(t, w.must(0, "apply", "-auto-approve"), "1 changed")
	check("repo")
	w.write("main.tf", sim.config(rotating("scopes = [\"user\"]\nnote_url = \"https://example.com/a\"\nrotate_when_changed = { a = 1 }")))
	w.must(0, "apply", "-auto-approve")
	sim.checkIDs(t, 1, 2)
	check("user")
	w.write("main.tf", sim.config(rotating("scopes = [\"repo\", \"user\"]\nrotate_when_changed = { a = 1 }")))
	w.must(0, "apply", "-auto-approve")
	check("repo", "user")
	w.must(0, "plan", "-detailed-exitcode")
	for _, a := range sim.Authorizations() {
		if a.NoteURL != nil {
			t.Errorf("authorization %d has note_url %q", a.ID, *a.NoteURL)
		}
	}
	if one, _ := sim.Authorization(1); *one.Note == w.rotating().Note {
		t.Error("both tokens have the same note")
	}
}
