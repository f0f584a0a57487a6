package provider

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// movedConfig is the configuration that replaces a resource of another provider.
func (i *instance) movedConfig(from, arguments string) string {
	return i.config(fmt.Sprintf("moved {\n  from = %s.test\n  to   = %s\n}\nresource \"ghes_authorization\" \"test\" {\n%s\n}\n", from, testAddress, arguments))
}

// otherState is a state with a resource of another provider.
func otherState(typeName, provider string, version int, attributes string) string {
	return fmt.Sprintf(`{"version": 4, "terraform_version": "1.8.0", "serial": 1, "lineage": "made-up", "resources": [{
		"mode": "managed", "type": %q, "name": "test", "provider": "provider[\"registry.terraform.io/%s\"]",
		"instances": [{"schema_version": %d, "attributes": %s}]
	}]}`, typeName, provider, version, attributes)
}

// bareProvider stands in for another provider, which the CLI starts as long as the
// state has an object of it. It has no resources, because it does not read moved
// objects.
type bareProvider struct {
	provider.Provider
	name string
}

func (p bareProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = p.name
}

func (bareProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (bareProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (bareProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (bareProvider) Resources(context.Context) []func() resource.Resource { return nil }

// withOther serves another provider to the workspace, and has the state be that of
// its resource.
func (w *workspace) withOther(typeName, source string, version int, attributes string) {
	w.t.Helper()
	_, name, _ := strings.Cut(source, "/")
	w.serve(source, providerserver.NewProtocol6(bareProvider{name: name}))
	w.write("terraform.tfstate", otherState(typeName, source, version, attributes))
}

// responseFor returns the response of the server about a, with this token.
func responseFor(sim *instance, a ghessim.Authorization, token string) string {
	return fmt.Sprintf(`{"id": %d, "url": "%s/api/v3/authorizations/%d", "app": {"name": "CI", "url": "", "client_id": "00000000000000000000"},
		"token": %q, "hashed_token": %q, "note": "CI", "scopes": ["repo"], "created_at": %q}`,
		a.ID, sim.url, a.ID, token, sha256Hex(a.Token), a.CreatedAt.UTC().Format(time.RFC3339))
}

// oldestMove is the version of OpenTofu that can move a resource of another type.
// Terraform can do so from 1.8 on.
const oldestMove = "1.10"

const movedHeaders = `{"Authorization": "Basic b2N0b2NhdDptYWRlLXVwLXBhc3N3b3Jk"}`

// The authorization of another provider's resource stays unchanged, and its token is
// kept if the state has it.
func TestAuthorizationResource_move(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	for name, test := range map[string]struct {
		typeName, provider string
		version            int
		attributes         func(id, created, read string) string
		hasToken           bool
	}{
		"restapi_object": {"restapi_object", "mastercard/restapi", 0, func(id, created, read string) string {
			return fmt.Sprintf(`{"id": %q, "path": "/authorizations", "data": "{\"note\":\"CI\"}", "debug": false, "force_new": null,
				"api_data": {"id": %[1]q, "note": "CI"}, "api_response": %q, "create_response": %q}`, id, read, created)
		}, true},
		"restapi_object, a large ID": {"restapi_object", "mastercard/restapi", 0, func(_, _, read string) string {
			return fmt.Sprintf(`{"id": "1.234567e+06", "path": "/api/v3/authorizations", "data": "{}", "api_response": %q, "create_response": null}`, read)
		}, false},
		"restful_resource": {"restful_resource", "magodo/restful", 2, func(id, _, read string) string {
			return fmt.Sprintf(`{"id": "/authorizations/%s", "path": "/authorizations", "read_path": "$(path)/$(body.id)", "header": %s,
				"body": {"type": ["object", {"note": "string"}], "value": {"note": "CI"}}, "output": {"type": ["object", {"id": "number"}], "value": %s}}`, id, movedHeaders, read)
		}, false},
		"restful_resource, of old": {"restful_resource", "magodo/restful", 0, func(id, created, _ string) string {
			return fmt.Sprintf(`{"id": "/authorizations/%s", "path": "/authorizations", "body": "{\"note\":\"CI\"}", "output": %q}`, id, created)
		}, true},
		"restful_resource, no output": {"restful_resource", "magodo/restful", 2, func(id, _, _ string) string {
			return fmt.Sprintf(`{"id": "/authorizations/%s", "path": "/authorizations", "output": null}`, id)
		}, false},
		"terracurl_request": {"terracurl_request", "devops-rob/terracurl", 1, func(_, created, _ string) string {
			return fmt.Sprintf(`{"id": "7", "name": "7", "url": "https://octocat:made-up-password@ghe.example.com/api/v3/authorizations", "method": "POST",
				"headers": %s, "request_body": "{\"note\":\"CI\"}", "response": %q, "status_code": "201", "destroy_url": null}`, movedHeaders, created)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			a := sim.AddAuthorization(ghessim.Authorization{ID: 1234567, Note: new("CI"), Scopes: []string{"repo"}})
			w := newWorkspace(t, sim.movedConfig(test.typeName, "note = \"CI\"\nscopes = [\"repo\"]"))
			attributes := test.attributes(strconv.FormatInt(a.ID, 10), responseFor(sim, a, a.Token), responseFor(sim, a, ""))
			w.withOther(test.typeName, test.provider, test.version, attributes)

			contains(t, w.must(0, "plan"), "has moved to "+testAddress, "0 to add, 0 to change, 0 to destroy")
			contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
			w.write("main.tf", sim.config("resource \"ghes_authorization\" \"test\" {\n  note = \"CI\"\n  scopes = [\"repo\"]\n}\noutput \"token\" {\n  value = ghes_authorization.test.token\n  sensitive = true\n}"))
			for _, request := range sim.sent() {
				if request != "GET /api/v3/authorizations/1234567" {
					t.Errorf("sent %s", request)
				}
			}
			w.must(0, "apply", "-auto-approve")
			w.must(0, "plan", "-detailed-exitcode")
			if test.hasToken {
				if token := w.must(0, "output", "-raw", "token"); token != a.Token {
					t.Errorf("the token is %q", token)
				}
			} else if strings.Contains(w.read("terraform.tfstate"), a.Token) {
				t.Error("the token is in the state, where it has not been")
			}
			if after, _ := sim.Authorization(a.ID); after.Token != a.Token {
				t.Errorf("on the server is %+v", after)
			}
			if strings.Contains(w.printed.String(), "made-up-password") || strings.Contains(w.printed.String(), "bWFkZS11cC1wYXNzd29yZ") {
				t.Error("the password was printed")
			}
		})
	}
}

// movedFrom is a workspace in which the response to the request that created a is about
// to be moved.
func movedFrom(t *testing.T, sim *instance, answer, arguments string) *workspace {
	t.Helper()
	w := newWorkspace(t, sim.movedConfig("terracurl_request", arguments))
	w.withOther("terracurl_request", "devops-rob/terracurl", 1,
		fmt.Sprintf(`{"id": "CI", "url": "%s/api/v3/authorizations", "method": "POST", "headers": %s, "response": %q}`, sim.url, movedHeaders, answer))
	return w
}

// Without a refresh only the ID is known, and an app's authorization
// would look as if it were to be replaced.
func TestAuthorizationResource_moveApp(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	sim := newInstance(t)
	a := sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("a"), Scopes: []string{"repo"}})
	w := movedFrom(t, sim, responseFor(sim, a, a.Token), fmt.Sprintf("client_id = %q\nfingerprint = \"a\"\nscopes = [\"repo\"]", testClientID))
	contains(t, w.must(1, "plan", "-refresh=false"), "Error: Unable to plan authorization", "Plan without -refresh=false")
	contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode", "-refresh=false")
	contains(t, w.must(0, "destroy", "-auto-approve"), "1 destroyed")
	if left := sim.Authorizations(); len(left) > 0 {
		t.Errorf("left: %+v", left)
	}
}

// Real differences are changed in place.
func TestAuthorizationResource_moveThenUpdate(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	sim := newInstance(t)
	a := sim.AddAuthorization(ghessim.Authorization{Note: new("CI"), Scopes: []string{"repo"}})
	w := movedFrom(t, sim, responseFor(sim, a, a.Token), "note = \"CI\"\nscopes = [\"gist\"]")
	contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
	if after, _ := sim.Authorization(a.ID); after.Token != a.Token || after.Scopes[0] != "gist" {
		t.Errorf("on the server is %+v", after)
	}
}

// A token that was reset before the move is none, and no reason to revoke the one
// that is in use.
func TestAuthorizationResource_moveReset(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	sim := newInstance(t)
	a := sim.AddAuthorization(ghessim.Authorization{Note: new("CI"), Scopes: []string{"repo"}})
	answer := responseFor(sim, a, a.Token)
	sim.EditAuthorization(a.ID, func(a *ghessim.Authorization) { a.Token = madeUpToken })
	w := movedFrom(t, sim, answer, "note = \"CI\"\nscopes = [\"repo\"]")
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: The token was reset before it was moved", "0 added, 0 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
	if strings.Contains(w.read("terraform.tfstate"), a.Token) {
		t.Error("the old token is in the state")
	}
}

// Another authorization with the same ID, on another server or of another user, is
// recognized by the time of its creation.
func TestAuthorizationResource_moveStranger(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	sim := newInstance(t)
	a := sim.AddAuthorization(ghessim.Authorization{Note: new("CI")})
	a.CreatedAt = a.CreatedAt.Add(-time.Hour)
	w := movedFrom(t, sim, responseFor(sim, a, a.Token), `note = "CI"`)
	contains(t, w.must(1, "plan"), "Error: Unable to read authorization", "is not the one in state")
}

// An object that is no authorization stays unchanged, and nothing is sent.
func TestAuthorizationResource_moveRefused(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	sim := newInstance(t)
	w := newWorkspace(t, sim.movedConfig("restapi_object", `note = "CI"`))
	w.withOther("restapi_object", "mastercard/restapi", 0, `{"id": "7", "path": "/repos", "data": "made-up-password"}`)
	before := w.read("terraform.tfstate")
	contains(t, w.must(1, "apply", "-auto-approve"), "Error: Unable to move to ghes_authorization", "no address such as /authorizations/123", "with an import block")
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
	if w.read("terraform.tfstate") != before || strings.Contains(w.printed.String(), "made-up-password") {
		t.Error("the state was changed, or printed")
	}
}
