package provider

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const testAddress = "ghes_authorization.test"

func TestAuthorizationResource(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	token := statecheck.CompareValue(compare.ValuesSame())

	sim.test(t,
		resource.TestStep{
			Config: sim.config(`
resource "ghes_authorization" "test" {
  note     = "ci"
  note_url = "https://ci.example.com"
  scopes   = ["repo", "gist"]
}`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(testAddress, tfjsonpath.New("token")),
				plancheck.ExpectSensitiveValue(testAddress, tfjsonpath.New("token")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("POST /api/v3/authorizations"),
				token.AddStateValue(testAddress, tfjsonpath.New("token")),
				statecheck.ExpectSensitiveValue(testAddress, tfjsonpath.New("token")),
				sim.expectTokenInState(),
				statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("id"), knownvalue.Int64Exact(1)),
				statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("app"), knownvalue.ObjectExact(map[string]knownvalue.Check{
					"name":      knownvalue.StringExact("ci"),
					"url":       knownvalue.StringExact("https://ci.example.com"),
					"client_id": knownvalue.StringExact("00000000000000000000"),
				})),
				statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("url"), knownvalue.StringExact(sim.url+"/api/v3/authorizations/1")),
				statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("client_id"), knownvalue.Null()),
				statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("expires_at"), knownvalue.Null()),
				statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("fingerprint"), knownvalue.Null()),
			},
		},
		resource.TestStep{
			PreConfig: sim.forget,
			Config: sim.config(`
resource "ghes_authorization" "test" {
  note        = "ci and cd"
  note_url    = "https://cd.example.com"
  scopes      = ["repo", "workflow"]
  fingerprint = "builder-1"
}`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(testAddress, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(testAddress, tfjsonpath.New("app")),
				plancheck.ExpectUnknownValue(testAddress, tfjsonpath.New("updated_at")),
				plancheck.ExpectKnownValue(testAddress, tfjsonpath.New("id"), knownvalue.Int64Exact(1)),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/1", "PATCH /api/v3/authorizations/1"),
				token.AddStateValue(testAddress, tfjsonpath.New("token")),
				sim.expectTokenInState(),
				statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("app").AtMapKey("name"), knownvalue.StringExact("ci and cd")),
				sim.expectServer(sim.only, func(a ghessim.Authorization) error {
					if *a.Note != "ci and cd" || *a.NoteURL != "https://cd.example.com" || *a.Fingerprint != "builder-1" || !slices.Equal(a.Scopes, []string{"repo", "workflow"}) {
						return fmt.Errorf("server has %+v", a)
					}
					return nil
				}),
			},
		},
		resource.TestStep{
			PreConfig: sim.forget,
			Config: sim.config(`
resource "ghes_authorization" "test" {
  note        = "ci and cd"
  fingerprint = "builder-1"
}`),
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/1", "PATCH /api/v3/authorizations/1"),
				token.AddStateValue(testAddress, tfjsonpath.New("token")),
				statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("note_url"), knownvalue.Null()),
				statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("scopes"), knownvalue.SetExact(nil)),
				sim.expectServer(sim.only, func(a ghessim.Authorization) error {
					if a.NoteURL != nil || len(a.Scopes) != 0 {
						return fmt.Errorf("not cleared: %+v", a)
					}
					return nil
				}),
			},
		},
		resource.TestStep{
			PreConfig: sim.forget,
			Config:    sim.config(`resource "ghes_authorization" "test" { note = "ci and cd" }`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(testAddress, plancheck.ResourceActionReplace),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/1", "DELETE /api/v3/authorizations/1", "POST /api/v3/authorizations"),
				sim.expectTokenInState(),
			},
		},
		resource.TestStep{
			PreConfig: sim.forget,
			Config:    sim.config(""),
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/2", "DELETE /api/v3/authorizations/2"),
			},
		},
	)
}

func TestAuthorizationResource_app(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := func(secret, extra string) string {
		return sim.config(fmt.Sprintf(`
resource "ghes_authorization" "test" {
  client_id = %q
  %s
  %s
}`, testClientID, secret, extra))
	}
	token := statecheck.CompareValue(compare.ValuesSame())

	sim.test(t,
		resource.TestStep{
			Config: config(`client_secret = "not-a-real-client-secret"`, `fingerprint = "a"`),
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("POST /api/v3/authorizations"),
				sim.expectTokenInState(),
				token.AddStateValue(testAddress, tfjsonpath.New("token")),
				statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("note"), knownvalue.Null()),
				statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("app").AtMapKey("name"), knownvalue.StringExact("Deployer")),
			},
		},
		// Only creation uses the secret, so a change of it sends nothing.
		resource.TestStep{
			PreConfig: sim.forget,
			Config:    config(`client_secret = "another-made-up-secret"`, `fingerprint = "a"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(testAddress, plancheck.ResourceActionUpdate),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/1"),
				token.AddStateValue(testAddress, tfjsonpath.New("token")),
			},
		},
		// A note does not alter the app.
		resource.TestStep{
			PreConfig: sim.forget,
			Config:    config(`client_secret = "another-made-up-secret"`, "fingerprint = \"a\"\nnote = \"n\""),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(testAddress, tfjsonpath.New("app").AtMapKey("name"), knownvalue.StringExact("Deployer")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/1", "PATCH /api/v3/authorizations/1"),
			},
		},
		resource.TestStep{
			PreConfig: sim.forget,
			Config:    config("", `fingerprint = "a"`),
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/1", "PATCH /api/v3/authorizations/1"),
				sim.expectServer(sim.only, func(a ghessim.Authorization) error {
					if a.Note != nil {
						return fmt.Errorf("note is still %q", *a.Note)
					}
					return nil
				}),
			},
		},
	)
}

// The write-only secret creates the authorization and is in neither plan nor state.
// Another secret is no change.
func TestAuthorizationResource_writeOnlySecret(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	config := func(secret string) string {
		return sim.config(fmt.Sprintf("resource \"ghes_authorization\" \"test\" {\n  client_id        = %q\n  client_secret_wo = %q\n}", testClientID, secret))
	}
	w := newWorkspace(t, config(testSecret))
	w.must(0, "plan", "-out=saved")
	plan := w.must(0, "show", "-json", "saved")
	w.must(0, "apply", "saved")
	for name, text := range map[string]string{"plan": plan, "state": w.read("terraform.tfstate")} {
		contains(t, text, "client_secret_wo")
		if resources, _, _ := strings.Cut(text, `"configuration":`); strings.Contains(resources, testSecret) {
			t.Errorf("the %s holds the secret", name)
		}
	}
	w.write("main.tf", config("another-made-up-secret"))
	w.must(0, "plan", "-detailed-exitcode")
}

// expectTokenInState checks that the state holds the server's token.
func (i *instance) expectTokenInState() statecheck.StateCheck {
	return statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("token"), knownvalue.StringFunc(func(token string) error {
		if a, ok := i.Authorization(i.only()); !ok || a.Token != token {
			return fmt.Errorf("the token in the state is not the server's")
		}
		return nil
	}))
}
