package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func byFingerprint(fingerprint, more string) string {
	return fmt.Sprintf("resource \"ghes_authorization_fingerprint\" \"test\" {\n  client_id = %q\n  client_secret = %q\n  fingerprint = %q\n  %s\n}",
		testClientID, testSecret, fingerprint, more)
}

func TestAuthorizationFingerprintResource(t *testing.T) {
	t.Parallel()
	const address = "ghes_authorization_fingerprint.test"
	sim := newInstance(t)
	token := statecheck.CompareValue(compare.ValuesSame())
	sim.test(t,
		resource.TestStep{
			Config: sim.config(byFingerprint("a", `scopes = ["gist"]`)),
			ConfigStateChecks: []statecheck.StateCheck{
				// The CLI plans a create once more right before it.
				sim.expectSent(listAuthorizations, listAuthorizations, "PUT /api/v3/authorizations/clients/"+testClientID+"/a"),
				token.AddStateValue(address, tfjsonpath.New("token")),
			},
		},
		resource.TestStep{
			PreConfig: sim.forget,
			Config:    sim.config(byFingerprint("a", `note = "n"`)),
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/1", "PATCH /api/v3/authorizations/1"),
				token.AddStateValue(address, tfjsonpath.New("token")),
			},
		},
		resource.TestStep{
			PreConfig: sim.forget,
			Config:    sim.config(byFingerprint("b", `note = "n"`)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionReplace),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/1", listAuthorizations, listAuthorizations, "DELETE /api/v3/authorizations/1", "PUT /api/v3/authorizations/clients/"+testClientID+"/b"),
			},
		},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateId: testClientID + "/b",
			ImportStateVerifyIgnore: []string{"token", "client_secret"}, // neither is shown by the server
		},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateId: "2",
			ImportStateVerifyIgnore: []string{"token", "client_secret"},
		},
	)
}

// Every fingerprint that a path can carry arrives unchanged.
func TestAuthorizationFingerprintResource_escaping(t *testing.T) {
	t.Parallel()
	for _, fingerprint := range []string{"a b", "100%", "%2F", "what?", "#1", "ünïcödé 日本", "a+b&c=d", "...", "..a", `"quoted"`, "a;b,c:d@e", " lead and trail "} {
		sim := newInstance(t)
		w := newWorkspace(t, sim.config(byFingerprint(fingerprint, "")))
		w.must(0, "apply", "-auto-approve")
		w.must(0, "plan", "-detailed-exitcode")
		if got := sim.Authorizations(); len(got) != 1 || *got[0].Fingerprint != fingerprint {
			t.Errorf("%q arrives as %+v", fingerprint, got)
		}
		newWorkspace(t, sim.config(byFingerprint(fingerprint, ""))).must(0, "import", "ghes_authorization_fingerprint.test", testClientID+"/"+fingerprint)
	}
}

func TestAuthorizationFingerprintResource_refused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ config, want string }{
		"dot":            {byFingerprint(".", ""), "Invalid URL path element"},
		"dots":           {byFingerprint("..", ""), "Invalid URL path element"},
		"slash":          {byFingerprint("a/b", ""), "Invalid URL path element"},
		"empty":          {byFingerprint("", ""), "Invalid URL path element"},
		"client_id":      {strings.Replace(byFingerprint("a", ""), testClientID, "..", 1), "Invalid URL path element"},
		"policy":         {byFingerprint("a", `on_existing = "ask"`), "Invalid Attribute Value Match"},
		"no secret":      {strings.Replace(byFingerprint("a", ""), "client_secret", "# ", 1), "Missing client secret"},
		"no fingerprint": {strings.Replace(byFingerprint("a", ""), "fingerprint =", "note =", 1), "Missing required argument"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			contains(t, newWorkspace(t, sim.config(test.config)).must(1, "plan"), "Error: "+test.want)
			if err := sim.checkSent(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAuthorizationFingerprintResource_import(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for i := range 250 {
		sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new(fmt.Sprintf("f%03d", i))})
	}
	sim.AddAuthorization(ghessim.Authorization{ClientID: "another-app", Fingerprint: new("theirs")})
	sim.AddAuthorization(ghessim.Authorization{Note: new("personal"), Fingerprint: new("f")})
	sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID})
	sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("builder 1/2")})
	w := newWorkspace(t, sim.config(byFingerprint("f249", "")))
	w.must(0, "import", "ghes_authorization_fingerprint.test", testClientID+"/f249")
	contains(t, w.must(0, "show", "-json"), `"id":250`)
	for id, want := range map[string]string{
		testClientID + "/f999":   "has no authorization",
		testClientID + "/theirs": "has no authorization",
		"999":                    "has no authorization",
		"252":                    "Authorization 252 has no OAuth app or no fingerprint. Import it into ghes_authorization.",
		"253":                    "Authorization 253 has no OAuth app or no fingerprint",
		testClientID + "/":       "is neither an ID nor CLIENT_ID/FINGERPRINT",
		"f249":                   "is neither an ID nor CLIENT_ID/FINGERPRINT",
		"0":                      "Import an authorization by its ID",
		"+250":                   "Import an authorization by its ID",
		"0250":                   "Import an authorization by its ID",
		"254":                    "which cannot be part of a path. Import it into ghes_authorization.",
	} {
		contains(t, newWorkspace(t, sim.config(byFingerprint("f249", ""))).must(1, "import", "ghes_authorization_fingerprint.test", id), want)
	}
}

// A server that knows no such app says 422 or 404; either is about client_id.
func TestAuthorizationFingerprintResource_wrongClient(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(strings.Replace(byFingerprint("a", ""), testSecret, "wrong-made-up-secret", 1)))
	contains(t, w.must(1, "apply", "-auto-approve"), "Unable to create authorization", "Invalid OAuth application client_id or secret", "The server has no OAuth app with this client ID and client secret")
}
