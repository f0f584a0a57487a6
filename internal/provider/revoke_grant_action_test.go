package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// grantInstance has a grant to revoke, with two tokens, and others.
func grantInstance(t *testing.T, options ...func(*ghessim.Options)) *instance {
	t.Helper()
	sim := newInstance(t, options...)
	sim.AddAuthorization(ghessim.Authorization{Note: new("personal")})
	sim.AddAuthorization(ghessim.Authorization{ClientID: "another-app"})
	sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Scopes: []string{"repo", "gist"}})
	sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("builder-1")})
	return sim
}

func TestRevokeGrantAction(t *testing.T) {
	t.Parallel()
	list := "GET /api/v3/applications/grants?client_id=" + testClientID + "&page=1&per_page=100"
	for name, test := range map[string]struct {
		arguments argumentValues
		version   string
		sent      []string
	}{
		"by ID":                         {argumentValues{"grant_id": 2}, "3.19.0", []string{"GET /api/v3/applications/grants/2"}},
		"by app":                        {argumentValues{"client_id": testClientID}, "3.19.0", []string{list}},
		"by app, of an unfiltered list": {argumentValues{"client_id": testClientID}, "2.22.0", []string{list}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := grantInstance(t, func(o *ghessim.Options) { o.Version = test.version })
			got := newProtocol(t, sim.url).invoke(t, revokeGrant, test.arguments)
			want := []string{
				fmt.Sprintf(`Revoking grant 2 to the app "Deployer" (client ID %q, scopes "repo gist"), and with it all tokens of the app for user "octocat" on %s`,
					testClientID, strings.TrimPrefix(sim.url, "http://")),
				"Revoked grant 2",
			}
			if len(got.diags) > 0 || !slices.Equal(got.messages, want) {
				t.Errorf("told %q", got.text())
			}
			if sent := sim.sent(); !slices.Equal(sent, append(test.sent, "DELETE /api/v3/applications/grants/2")) {
				t.Errorf("sent %q", sent)
			}
			if left := authorizationIDs(sim.Authorizations()); !slices.Equal(left, []string{"1", "2"}) {
				t.Errorf("authorizations %v are left", left)
			}
			if left := grantIDs(sim.Grants()); !slices.Equal(left, []string{"1"}) {
				t.Errorf("grants %v are left", left)
			}
		})
	}
}

// A missing grant is no success, and nothing else is revoked instead.
func TestRevokeGrantAction_none(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments argumentValues
		which     string
	}{
		"ID":   {argumentValues{"grant_id": 99}, "no grant 99 of user"},
		"app":  {argumentValues{"client_id": "typo"}, `no grant to the app "typo" of user`},
		"case": {argumentValues{"client_id": strings.ToUpper(testClientID)}, "no grant to the app"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := grantInstance(t)
			got := newProtocol(t, sim.url).invoke(t, revokeGrant, test.arguments)
			if got.count(tfprotov6.DiagnosticSeverityWarning) != 1 || len(got.diags) != 1 || len(got.messages) != 0 {
				t.Errorf("told %q", got.text())
			}
			contains(t, got.text(), "WARNING: No grant was revoked", test.which, "octocat")
			onlyReads(t, sim)
		})
	}
}

// onlyReads fails if anything but reads was sent.
func onlyReads(t *testing.T, sim *instance) {
	t.Helper()
	for _, sent := range sim.sent() {
		if !strings.HasPrefix(sent, "GET ") {
			t.Errorf("sent %s", sent)
		}
	}
}

func TestRevokeGrantAction_errors(t *testing.T) {
	t.Parallel()
	twice := func(sim *instance) {
		changeResponses(sim, `"another-app"`, fmt.Sprintf("%q", testClientID))
	}
	byID, byApp := argumentValues{"grant_id": 2}, argumentValues{"client_id": testClientID}
	for name, test := range map[string]struct {
		arguments argumentValues
		prepare   func(*instance)
		want      []string
		deletes   int
	}{
		"two grants to the app": {byApp, twice, []string{"2 grants to the app", ": 1, 2. Nothing was revoked. Select one of them with grant_id"}, 0},
		"a grant to no app": {byID, func(sim *instance) { changeResponses(sim, testClientID, "00000000000000000000") },
			[]string{"Grant 2 is not for an OAuth app", "Nothing was revoked"}, 0},
		"a grant to an app without ID": {byID, func(sim *instance) { changeResponses(sim, testClientID, "") },
			[]string{"Grant 2 is not for an OAuth app", "Nothing was revoked"}, 0},
		"it is not found, and still there": {byID, func(sim *instance) {
			sim.inject(map[string]fault{http.MethodDelete: respond(http.StatusNotFound, `{"message":"Not Found"}`)})
		}, []string{"Unable to revoke grant 2", "the server refused the deletion with a 404, but still has the object"}, 1},
		"another one's answer": {byID, func(sim *instance) { changeResponses(sim, `"id":2,`, `"id":1,`) },
			[]string{"Unable to read the grant to revoke", "a different authorization or grant"}, 0},
		"no API, by ID":  {byID, func(sim *instance) { sim.Intercept(withoutAPI) }, []string{"does not offer"}, 0},
		"no API, by app": {byApp, func(sim *instance) { sim.Intercept(withoutAPI) }, []string{"does not offer"}, 0},
		"refused": {byID, func(sim *instance) {
			sim.inject(map[string]fault{http.MethodDelete: respond(http.StatusForbidden, `{"message":"Not today"}`)})
		}, []string{"Unable to revoke grant 2", "403 Forbidden: \"Not today\""}, 1},
		"no answer": {byID, func(sim *instance) {
			sim.inject(map[string]fault{http.MethodDelete: reset})
		}, []string{"Unable to revoke grant 2", "WARNING: Grant 2 may have been revoked"}, 5},
		"wrong password": {byID, func(sim *instance) {
			sim.Intercept(respond(http.StatusUnauthorized, `{"message":"Bad credentials"}`))
		}, []string{"Invalid username or password"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := grantInstance(t, func(o *ghessim.Options) { o.Version = "2.22.0" }) // lists grants to all apps
			test.prepare(sim)
			got := newProtocol(t, sim.url, withBackoff(1)).invoke(t, revokeGrant, test.arguments)
			contains(t, got.text(), append(test.want, "ERROR: Unable to ")...)
			if strings.Contains(got.text(), "Revoked") || (test.deletes < 2) == strings.Contains(got.text(), "may have been") {
				t.Errorf("told %q", got.text())
			}
			if n, _ := sim.count("DELETE "); n != test.deletes {
				t.Errorf("%d deletions, want %d", n, test.deletes)
			}
			if len(sim.Grants()) != 2 {
				t.Errorf("left: %+v", sim.Grants())
			}
		})
	}
}

// withoutAPI is a server without the API.
func withoutAPI(w http.ResponseWriter, r *http.Request, next http.Handler) {
	respond(http.StatusNotFound, `{"message":"Not Found"}`)(w, r, next)
}

// Somebody else was faster, and the result is the intended one.
func TestRevokeGrantAction_meanwhile(t *testing.T) {
	t.Parallel()
	sim := grantInstance(t)
	sim.inject(map[string]fault{http.MethodDelete: acted(respond(http.StatusNotFound, `{"message":"Not Found"}`))})
	got := newProtocol(t, sim.url).invoke(t, revokeGrant, argumentValues{"grant_id": 2})
	if len(got.diags) > 0 {
		t.Errorf("told %q", got.text())
	}
	contains(t, got.text(), "Grant 2 was already revoked in the meantime")
}

// Later reads do not find the revoked authorizations in lists.
func TestRevokeActions_thenRead(t *testing.T) {
	t.Parallel()
	for action, arguments := range map[string]argumentValues{revokeAuthorizations: {"client_id": testClientID}, revokeGrant: {"client_id": testClientID}} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			for range 5 {
				sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID})
			}
			s := newProtocol(t, sim.url)
			object := s.schema.ResourceSchemas[authorizationType].ValueType()
			read := func(id int) (there bool) {
				state := dynamic(t, object, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.Number, id)})
				got, err := s.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: authorizationType, CurrentState: state})
				if err != nil {
					t.Fatal(err)
				}
				value, err := got.NewState.Unmarshal(object)
				if err != nil {
					t.Fatal(err)
				}
				return !value.IsNull()
			}
			for id := 1; id <= 5; id++ {
				if !read(id) {
					t.Errorf("authorization %d is not there", id)
				}
			}
			if n, _ := sim.count("GET /api/v3/authorizations?"); n == 0 {
				t.Fatal("no list was read")
			}
			s.invoke(t, action, arguments)
			for id := 1; id <= 5; id++ {
				if read(id) {
					t.Errorf("authorization %d is still there", id)
				}
			}
		})
	}
}
