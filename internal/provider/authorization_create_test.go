package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// existingAuthorizations has the authorization that the server has before each of these tests, with
// ID 1.
var existingAuthorizations = map[string]ghessim.Authorization{
	"personal":            {Note: new("ci"), NoteURL: new("https://old.example.com"), Scopes: []string{"gist"}},
	"app":                 {ClientID: testClientID, Note: new("old"), Scopes: []string{"gist"}},
	"app and fingerprint": {ClientID: testClientID, Fingerprint: new("builder 1/2"), Note: new("old"), Scopes: []string{"gist"}},
	"fingerprint":         {ClientID: testClientID, Fingerprint: new("builder ü?#%"), Note: new("old"), Scopes: []string{"gist"}},
}

// existingConfig returns a configuration of the same authorization, with another note and
// other scopes.
func existingConfig(what, onExisting string) string {
	policy := ""
	if onExisting != "" {
		policy = fmt.Sprintf("on_existing = %q", onExisting)
	}
	app := fmt.Sprintf("client_id = %q\n  client_secret = %q\n  note = \"new\"", testClientID, testSecret)
	kind, arguments := "ghes_authorization", `note = "ci"`
	switch what {
	case "app":
		arguments = app
	case "app and fingerprint":
		arguments = app + "\n  fingerprint = \"builder 1/2\""
	case "fingerprint":
		kind, arguments = "ghes_authorization_fingerprint", app+"\n  fingerprint = \"builder ü?#%\""
	}
	return fmt.Sprintf("resource %q \"this\" {\n  %s\n  scopes = [\"repo\"]\n  %s\n}\n", kind, arguments, policy)
}

// fingerprintPath is how the fingerprint's address has to look.
const fingerprintPath = "/api/v3/authorizations/clients/" + testClientID + "/builder%20%C3%BC%3F%23%25"

func TestOnExisting_adopt(t *testing.T) {
	t.Parallel()
	const patch = "PATCH /api/v3/authorizations/1"
	for what, sent := range map[string][]string{
		"personal":            {"POST /api/v3/authorizations", "GET /api/v3/authorizations/1", patch},
		"app":                 {"PUT /api/v3/authorizations/clients/" + testClientID, patch},
		"app and fingerprint": {"PUT /api/v3/authorizations/clients/" + testClientID, patch},
		"fingerprint":         {"PUT " + fingerprintPath, patch},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			before := sim.AddAuthorization(existingAuthorizations[what])
			policy := "adopt"
			if what == "fingerprint" {
				policy = "" // its default
			}
			w := newWorkspace(t, sim.config(existingConfig(what, policy)))
			output := w.must(0, "apply", "-auto-approve")
			contains(t, output, "Warning: Authorization 1 was adopted", "token is null", `its scopes ["gist"]`, "1 added")
			// The CLI plans a create once more right before it.
			if err := sim.checkSent(append(sent, listAuthorizations, listAuthorizations)...); err != nil {
				t.Error(err)
			}
			after, _ := sim.Authorization(1)
			if after.Token != before.Token || !slices.Equal(after.Scopes, []string{"repo"}) || *after.Note == "old" || after.NoteURL != nil {
				t.Errorf("server has %+v", after)
			}
			contains(t, w.must(0, "show", "-json"), `"token":null`)
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

func TestOnExisting_replace(t *testing.T) {
	t.Parallel()
	for what := range existingAuthorizations {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.AddAuthorization(existingAuthorizations[what])
			w := newWorkspace(t, sim.config(existingConfig(what, "replace")))
			w.must(0, "apply", "-auto-approve")
			if all := sim.Authorizations(); len(all) != 1 || all[0].ID != 2 || !strings.Contains(w.read("terraform.tfstate"), all[0].Token) {
				t.Errorf("server has %+v", all)
			}
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

// The error names the existing authorization, and its import block works when it is
// pasted.
func TestOnExisting_fail(t *testing.T) {
	t.Parallel()
	block := regexp.MustCompile(`import \{ to = \S+ id = "\d+" \}`)
	for what := range existingAuthorizations {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			before := sim.AddAuthorization(existingAuthorizations[what])
			policy := "" // the default
			if what == "fingerprint" {
				policy = "fail"
			}
			config := sim.config(existingConfig(what, policy))
			w := newWorkspace(t, config)
			output := w.must(1, "apply", "-auto-approve")
			contains(t, output, "Unable to create authorization", "Authorization 1 of user ")
			pasted := strings.NewReplacer("{ to", "{\n  to", " id =", "\n  id =", " }", "\n}\n").Replace(block.FindString(output))
			w.write("main.tf", config+pasted)
			contains(t, w.must(0, "apply", "-auto-approve"), "1 imported, 0 added, 1 changed, 0 destroyed")
			w.must(0, "plan", "-detailed-exitcode")
			if after, ok := sim.Authorization(1); !ok || after.Token != before.Token {
				t.Errorf("server has %+v", after)
			}
		})
	}
}

// If no authorization exists, every policy creates one.
func TestOnExisting_nothing(t *testing.T) {
	t.Parallel()
	for what := range existingAuthorizations {
		for _, policy := range []string{"fail", "adopt", "replace"} {
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(existingConfig(what, policy)))
			w.must(0, "apply", "-auto-approve")
			want := 1
			if policy != "fail" {
				want += 2 // the list, for the plan and for the apply, which plans again
			}
			if n := len(sim.sent()); n != want {
				t.Errorf("%s, %s: %d requests, want %d", what, policy, n, want)
			}
			w.must(0, "plan", "-detailed-exitcode")
			if token := sim.Authorizations()[0].Token; !strings.Contains(w.read("terraform.tfstate"), token) {
				t.Errorf("%s, %s: the token is not in the state", what, policy)
			}
		}
	}
}

// Requests about an existing authorization can fail like all others.
func TestOnExisting_faults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ what, policy, method, want string }{
		"list":    {"personal", "adopt", http.MethodGet, "Unable to create authorization"},
		"patch":   {"fingerprint", "adopt", http.MethodPatch, "Unable to adopt authorization"},
		"delete":  {"personal", "replace", http.MethodDelete, "Unable to replace the existing authorization"},
		"delete2": {"fingerprint", "replace", http.MethodDelete, "Unable to replace the existing authorization"},
		"put":     {"fingerprint", "adopt", http.MethodPut, "Unable to create authorization"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.AddAuthorization(existingAuthorizations[test.what])
			sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == test.method {
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(http.StatusInternalServerError)
					_, _ = fmt.Fprint(w, `{"message":"Server Error"}`)
					return
				}
				next.ServeHTTP(w, r)
			})
			w := newWorkspace(t, sim.config(existingConfig(test.what, test.policy)))
			contains(t, w.must(1, "apply", "-auto-approve"), test.want, "500 Internal Server Error: \"Server Error\"")
			sim.Intercept(nil)
			w.must(0, "apply", "-auto-approve")
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

// A replacement that adopts the authorization that it replaces does not delete it.
func TestOnExisting_createBeforeDestroy(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := strings.Replace(existingConfig("fingerprint", ""), "scopes =", "lifecycle { create_before_destroy = true }\n  scopes =", 1)
	w := newWorkspace(t, sim.config(config))
	w.must(0, "apply", "-auto-approve")
	contains(t, w.must(0, "apply", "-auto-approve", "-replace=ghes_authorization_fingerprint.this"),
		"Warning: Authorization 1 was adopted", "Warning: Authorization 1 was not deleted")
	if sim.only() != 1 {
		t.Errorf("server has %+v", sim.Authorizations())
	}
	w.must(0, "plan", "-detailed-exitcode")
}

// Two resources cannot have the same authorization.
func TestOnExisting_twice(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"adopt", "replace"} {
		sim := newInstance(t)
		one := existingConfig("fingerprint", policy)
		w := newWorkspace(t, sim.config(one+strings.Replace(one, `"this"`, `"other"`, 1)))
		contains(t, w.must(1, "apply", "-auto-approve", "-parallelism=1"), "another resource created, adopted or changed authorization 1 in this run")
		if sim.only() != 1 {
			t.Errorf("%s: server has %+v", policy, sim.Authorizations())
		}
	}
}

// A create that fails in any case does not revoke the existing authorization.
func TestOnExisting_otherFaults(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	before := sim.AddAuthorization(existingAuthorizations["personal"])
	posts := 0
	fail := func(body string, from int) {
		posts = 0
		sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodPost {
				if posts++; posts >= from {
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(http.StatusUnprocessableEntity)
					_, _ = fmt.Fprint(w, body)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
	w := newWorkspace(t, sim.config(existingConfig("personal", "replace")))
	fail(`{"message":"Validation Failed","errors":[{"code":"already_exists","field":"description"},{"code":"invalid","field":"scopes"}]}`, 1)
	contains(t, w.must(1, "apply", "-auto-approve"), "scopes: invalid")
	if after, ok := sim.Authorization(before.ID); !ok || after.Token != before.Token {
		t.Errorf("server has %+v", sim.Authorizations())
	}
	fail(`{"message":"user must have a verified email address"}`, 2)
	contains(t, w.must(1, "apply", "-auto-approve"), "verified email address", "Error: Authorization 1 was revoked", "Run terraform apply again")
	sim.Intercept(nil)
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
}

// A fingerprint that cannot be cleared is an error before anything is changed.
func TestOnExisting_fingerprintInTheWay(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{Note: new("ci"), Fingerprint: new("laptop")})
	w := newWorkspace(t, sim.config(existingConfig("personal", "adopt")))
	contains(t, w.must(1, "apply", "-auto-approve"), "Unable to adopt authorization", `has the fingerprint "laptop"`, "Set fingerprint to the same value")
}

// A lost response does not change the resulting state. The error names an authorization
// whose origin cannot be proven.
func TestAuthorizationResource_answerLost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults map[string]fault
		code   int
		want   []string
		sent   []string
	}{
		"created again": {
			faults: map[string]fault{"POST": first(acted(dropped))},
			sent: []string{
				"POST /api/v3/authorizations", "GET /api/v3/authorizations?page=1&per_page=100",
				"DELETE /api/v3/authorizations/1", "POST /api/v3/authorizations",
			},
		},
		"not to be deleted": {
			faults: map[string]fault{"POST": first(acted(dropped)), "DELETE": respond(http.StatusForbidden, `{"message":"No"}`)}, code: 1,
			want: []string{
				"Error: Unable to create authorization", "authorization 1 may be left on the server", "403 Forbidden: \"No\"",
				"The server may have created authorization 1 ", "DELETE /authorizations/ID",
			},
			sent: []string{"POST /api/v3/authorizations", "GET /api/v3/authorizations?page=1&per_page=100", "DELETE /api/v3/authorizations/1"},
		},
		"must wait": {
			faults: map[string]fault{"POST": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				w.Header().Set("Retry-After", "120")
				respond(http.StatusTooManyRequests, `{"message":"Slow down"}`)(w, r, next)
			}}, code: 1,
			want: []string{"the server asks to wait until", "(2m0s)", "longer than max_wait allows", "Run again after the time"},
			sent: []string{"POST /api/v3/authorizations"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.inject(test.faults)
			w := newWorkspace(t, sim.config(oneNote))
			contains(t, w.must(test.code, "apply", "-auto-approve"), test.want...)
			if err := sim.checkSent(test.sent...); err != nil {
				t.Error(err)
			}
			if test.code == 0 {
				if all := sim.Authorizations(); len(all) != 1 || !strings.Contains(w.read("terraform.tfstate"), all[0].Token) {
					t.Errorf("the state lacks the token of %+v", all)
				}
			}
		})
	}
}
