package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const driftConfig = `
resource "ghes_authorization" "test" {
  note        = "ci"
  note_url    = "https://ci.example.com"
  scopes      = ["repo"]
  fingerprint = "a"
}`

func TestAuthorizationResource_drift(t *testing.T) {
	t.Parallel()
	for name, drift := range map[string]struct {
		edit    func(*ghessim.Authorization)
		planned string
		body    string
	}{
		"scopes":            {func(a *ghessim.Authorization) { a.Scopes = []string{"repo", "delete_repo"} }, `- "delete_repo"`, `{"scopes":["repo"]}`},
		"scopes, none left": {func(a *ghessim.Authorization) { a.Scopes = nil }, `+ "repo"`, `{"scopes":["repo"]}`},
		"note":              {func(a *ghessim.Authorization) { a.Note = new("mine now") }, `"mine now" -> "ci"`, `{"note":"ci"}`},
		"note_url":          {func(a *ghessim.Authorization) { a.NoteURL = new("https://mine.example.com") }, `"https://mine.example.com" -> "https://ci.example.com"`, `{"note_url":"https://ci.example.com"}`},
		"note_url, cleared": {func(a *ghessim.Authorization) { a.NoteURL = nil }, `+ note_url = "https://ci.example.com"`, `{"note_url":"https://ci.example.com"}`},
		"fingerprint":       {func(a *ghessim.Authorization) { a.Fingerprint = new("b") }, `"b" -> "a"`, `{"fingerprint":"a"}`},
		"fingerprint, lost": {func(a *ghessim.Authorization) { a.Fingerprint = nil }, `+ fingerprint = "a"`, `{"fingerprint":"a"}`},
		"scopes and a note": {func(a *ghessim.Authorization) { a.Scopes, a.Note = nil, new("x") }, `"x" -> "ci"`, `{"scopes":["repo"],"note":"ci"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(driftConfig))
			w.must(0, "apply", "-auto-approve")
			created := sim.Authorizations()[0]
			sim.EditAuthorization(created.ID, drift.edit)

			refreshed := w.must(2, "plan", "-refresh-only", "-detailed-exitcode")
			contains(t, refreshed, "Objects have changed outside of", "ghes_authorization.test")
			sim.forget()
			contains(t, w.must(2, "plan", "-detailed-exitcode"), drift.planned, "1 to change, 0 to destroy")
			if err := sim.checkSent("GET /api/v3/authorizations/1"); err != nil {
				t.Error(err)
			}

			w.must(0, "apply", "-auto-approve")
			var body string
			for _, r := range sim.Requests() {
				if r.Method == http.MethodPatch {
					body += r.Body
				}
			}
			if body != drift.body+"\n" {
				t.Errorf("PATCHed %s, want %s", body, drift.body)
			}
			healed, _ := sim.Authorization(created.ID)
			if healed.Token != created.Token || *healed.Note != "ci" || !slices.Equal(healed.Scopes, []string{"repo"}) {
				t.Errorf("server has %+v", healed)
			}
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

// A refresh takes over the server's values and does not change the token.
func TestAuthorizationResource_refreshOnly(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	token := statecheck.CompareValue(compare.ValuesSame())
	sim.test(t,
		resource.TestStep{
			Config:            sim.config(driftConfig),
			ConfigStateChecks: []statecheck.StateCheck{token.AddStateValue(testAddress, tfjsonpath.New("token"))},
		},
		resource.TestStep{
			PreConfig: func() {
				sim.EditAuthorization(sim.only(), func(a *ghessim.Authorization) { a.Note = new("mine now") })
			},
			RefreshState:       true,
			ExpectNonEmptyPlan: true,
			RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(testAddress, plancheck.ResourceActionUpdate),
			}},
		},
		resource.TestStep{
			Config:            sim.config(driftConfig),
			ConfigStateChecks: []statecheck.StateCheck{token.AddStateValue(testAddress, tfjsonpath.New("token"))},
		},
	)
}

func TestAuthorizationResource_deletedElsewhere(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(driftConfig))
	w.must(0, "apply", "-auto-approve")
	sim.RevokeAuthorization(sim.only())
	sim.forget()

	output := w.must(2, "plan", "-detailed-exitcode")
	contains(t, output, "Warning: Authorization 1 was deleted outside of Terraform", "no authorization 1 with note \"ci\"", "1 to add, 0 to change, 0 to destroy")
	if err := sim.checkSent("GET /api/v3/authorizations/1", "GET /api/v3/authorizations?page=1&per_page=100"); err != nil {
		t.Error(err)
	}
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")

	// Destroying an authorization that was already deleted is no error.
	sim.RevokeAuthorization(sim.only())
	w.must(0, "destroy", "-auto-approve", "-refresh=false")
	if left := sim.Authorizations(); len(left) != 0 {
		t.Errorf("left on the server: %+v", left)
	}
}

// If an authorization was deleted before its update, the update fails. It does not
// succeed silently.
func TestAuthorizationResource_deletedBeforeUpdate(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(driftConfig))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", sim.config(`resource "ghes_authorization" "test" {
  note        = "ci 2"
  fingerprint = "a"
}`))
	w.must(0, "plan", "-out=saved")
	sim.RevokeAuthorization(sim.only())
	contains(t, w.must(1, "apply", "saved"), "Unable to update authorization", "PATCH /api/v3/authorizations/1: 404 Not Found", "Run terraform plan again")
}

// A 404 alone proves nothing. With a server that has lost its API, or another server at
// the same address, Terraform would otherwise remove every authorization from state.
func TestAuthorizationResource_apiGone(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(driftConfig))
	w.must(0, "apply", "-auto-approve")
	for name, status := range map[string]int{"404": http.StatusNotFound, "410": http.StatusGone} {
		sim.Intercept(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			if r.URL.Path == "/api/v3/authorizations" {
				w.WriteHeader(status)
			} else {
				w.WriteHeader(http.StatusNotFound)
			}
			fmt.Fprint(w, `{"message":"Not Found"}`)
		})
		output := w.must(1, "plan")
		contains(t, output, "Unable to read authorization", "this server does not offer the OAuth Authorizations API", name)
	}
	contains(t, w.must(1, "apply", "-auto-approve", "-replace=ghes_authorization.test", "-refresh=false"), "Unable to create authorization", "does not offer")
}

// The server shows a token only once. If it was reset, only another authorization has a
// token that works.
func TestAuthorizationResource_tokenReset(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(driftConfig))
	w.must(0, "apply", "-auto-approve")
	sim.ResetToken(sim.only())

	output := w.must(2, "plan", "-detailed-exitcode")
	contains(t, output, "Warning: The token was reset outside of Terraform", "forces replacement", "1 to add, 0 to change, 1 to destroy")
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	if sim.only() != 2 {
		t.Errorf("authorization %d, want the second one", sim.only())
	}
}

// A server that stores something else than it was asked to gives a warning and
// a plan, not an error of Terraform about the provider.
func TestAuthorizationResource_storedOtherwise(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(driftConfig))
	changeResponses(sim, `"note":"ci"`, `"note":"CI"`)
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: The server stored another value of note", "did not store the note")
	contains(t, w.must(2, "plan", "-detailed-exitcode"), `"CI" -> "ci"`)
}

// A change that the update did not request is drift. It is not an argument that the
// server stored differently.
func TestAuthorizationResource_changedMeanwhile(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(driftConfig))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", sim.config(strings.ReplaceAll(driftConfig, `"ci"`, `"ci 2"`)))
	w.must(0, "plan", "-out=saved")
	sim.EditAuthorization(sim.only(), func(a *ghessim.Authorization) { a.Scopes, a.NoteURL = nil, nil })
	if output := w.must(0, "apply", "saved"); strings.Contains(output, "Warning") {
		t.Error(output)
	}
	contains(t, w.must(2, "plan", "-detailed-exitcode"), `+ "repo"`, "+ note_url")
}

// A hash of an unknown form says nothing about the token.
func TestAuthorizationResource_otherHash(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	changeResponses(sim, `"hashed_token":"`, `"hashed_token":"sha256:`)
	sim.test(t, resource.TestStep{Config: sim.config(driftConfig)})
}

// An unexpected field beside a token does not lose the token.
func TestAuthorizationResource_oddAnswer(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(driftConfig))
	changeResponses(sim, `"scopes":["repo"]`, `"scopes":"repo"`)
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Authorization created, but the response was unexpected", `"scopes" in the response is a JSON string`)
	sim.Intercept(nil)
	w.must(0, "plan", "-detailed-exitcode")
	if token := sim.Authorizations()[0].Token; !strings.Contains(w.read("terraform.tfstate"), token) {
		t.Error("the token is not in the state")
	}
}

func TestAuthorizationResource_noToken(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	changeResponses(sim, `"token":"ghp_`, `"token":"","was":"`)
	w := newWorkspace(t, sim.config(driftConfig))
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Authorization created, but the response was unexpected", "did not contain the token of authorization 1")
	w.must(0, "plan", "-detailed-exitcode")
}
