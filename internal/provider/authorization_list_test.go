package provider

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const fingerprintType = "ghes_authorization_fingerprint"

// list reads a list to its end. Arguments that are not in filters are null. Without
// filters the whole configuration is null.
func (s protocol) list(t *testing.T, req tfprotov6.ListResourceRequest, filters map[string]tftypes.Value) []tfprotov6.ListResourceResult {
	t.Helper()
	return s.listWith(t.Context(), t, req, filters)
}

func (s protocol) listWith(ctx context.Context, t *testing.T, req tfprotov6.ListResourceRequest, filters map[string]tftypes.Value) []tfprotov6.ListResourceResult {
	t.Helper()
	lister, ok := s.ProviderServer.(tfprotov6.ListResourceServer)
	if !ok {
		t.Fatalf("%T has no lists", s.ProviderServer)
	}
	object := s.schema.ListResourceSchemas[req.TypeName].ValueType()
	req.Config = dynamic(t, object, filters)
	if filters == nil {
		null, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, nil))
		if err != nil {
			t.Fatal(err)
		}
		req.Config = &null
	}
	stream, err := lister.ListResource(ctx, &req)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(stream.Results)
}

// listedIDs returns the IDs in the identities of a list.
func listedIDs(t *testing.T, results []tfprotov6.ListResourceResult) string {
	t.Helper()
	ids := []string{}
	for _, result := range results {
		if len(result.Diagnostics) > 0 {
			t.Fatalf("%s: %s", result.Diagnostics[0].Summary, result.Diagnostics[0].Detail)
		}
		value, err := result.Identity.IdentityData.Unmarshal(identityType)
		var attributes map[string]tftypes.Value
		if err != nil || value.As(&attributes) != nil {
			t.Fatalf("identity %s, %v", value, err)
		}
		ids = append(ids, attributes["id"].String())
	}
	return strings.NewReplacer("tftypes.Number<\"", "", "\">", "").Replace(strings.Join(ids, ","))
}

func stringValue(s any) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

func listValue(all ...any) tftypes.Value {
	elements := []tftypes.Value{}
	for _, s := range all {
		elements = append(elements, stringValue(s))
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, elements)
}

// Every filter alone and with others selects the same as in the data source.
func TestAuthorizationList_filters(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.19.0", "2.22.0"} {
		sim := newInstance(t, func(o *ghessim.Options) { o.Version = version })
		manyKinds(sim)
		s := newProtocol(t, sim.url)
		for name, test := range map[string]struct {
			filters     map[string]tftypes.Value
			ids, ofApps string
		}{
			"none":           {nil, "1,2,3,4,5,6,7", "1,3"},
			"null ones":      {map[string]tftypes.Value{}, "1,2,3,4,5,6,7", "1,3"},
			"empty ones":     {map[string]tftypes.Value{"client_id": stringValue(""), "note_prefix": stringValue(""), "scopes": listValue()}, "1,2,3,4,5,6,7", "1,3"},
			"an app":         {map[string]tftypes.Value{"client_id": stringValue(testClientID)}, "1,3,7", "1,3"},
			"another app":    {map[string]tftypes.Value{"client_id": stringValue("another")}, "5", ""},
			"no app":         {map[string]tftypes.Value{"client_id": stringValue("nobody's")}, "", ""},
			"a note":         {map[string]tftypes.Value{"note_prefix": stringValue("ci: ")}, "2,3,4", "3"},
			"another case":   {map[string]tftypes.Value{"note_prefix": stringValue("Ci")}, "", ""},
			"a scope":        {map[string]tftypes.Value{"scopes": listValue("repo:status")}, "1,2,3", "1,3"},
			"scopes":         {map[string]tftypes.Value{"scopes": listValue("repo:status", "gist", "gist")}, "2", ""},
			"implied scopes": {map[string]tftypes.Value{"scopes": listValue("read:org")}, "5,6", ""},
			"all": {map[string]tftypes.Value{
				"client_id": stringValue(testClientID), "note_prefix": stringValue("ci"), "scopes": listValue("repo:status"),
			}, "3", "3"},
		} {
			for kind, want := range map[string]string{authorizationType: test.ids, fingerprintType: test.ofApps} {
				got := listedIDs(t, s.list(t, tfprotov6.ListResourceRequest{TypeName: kind, Limit: 100}, test.filters))
				if got != want {
					t.Errorf("%s, %s, %s: listed %s, want %s", version, kind, name, got, want)
				}
			}
		}
	}
}

// No page is asked for after the one that has enough.
func TestAuthorizationList_limit(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for i := range 250 {
		sim.AddAuthorization(ghessim.Authorization{Note: new(fmt.Sprintf("%d of 2", i%2))})
	}
	s := newProtocol(t, sim.url)
	for _, test := range []struct {
		limit         int64
		prefix        string
		listed, asked int
	}{
		{limit: 1, listed: 1, asked: 1},
		{limit: 100, listed: 100, asked: 1},
		{limit: 101, listed: 101, asked: 2},
		{limit: 250, listed: 250, asked: 3},
		{limit: 50, prefix: "0", listed: 50, asked: 1},
		{limit: 51, prefix: "0", listed: 51, asked: 2},
		{limit: 1000, listed: 250, asked: 6}, // twice, for what moves meanwhile
		{limit: 0, listed: 250, asked: 6},
	} {
		sim.forget()
		filters := map[string]tftypes.Value{"note_prefix": stringValue(test.prefix)}
		results := s.list(t, tfprotov6.ListResourceRequest{TypeName: authorizationType, Limit: test.limit}, filters)
		if sent := sim.sent(); len(results) != test.listed || len(sent) != test.asked {
			t.Errorf("limit %d: listed %d, want %d, with %q", test.limit, len(results), test.listed, sent)
		}
	}
}

func TestAuthorizationList_displayName(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	want := []string{}
	for _, test := range []struct {
		a    ghessim.Authorization
		name string
	}{
		{ghessim.Authorization{Note: new("ci: clone")}, "ci: clone"},
		{ghessim.Authorization{Note: new(" two\nlines,\x1b[31m red\u202e ")}, "two lines, [31m red"},
		{ghessim.Authorization{Note: new("\n")}, "authorization 3"},
		{ghessim.Authorization{ClientID: testClientID}, "Deployer"},
		{ghessim.Authorization{ClientID: testClientID, Fingerprint: new("laptop")}, "Deployer, laptop"},
		{ghessim.Authorization{ClientID: testClientID, Fingerprint: new("a/b"), Note: new("ci")}, "ci, Deployer, a/b"},
		{ghessim.Authorization{ClientID: "nameless", Fingerprint: new("laptop")}, "nameless, laptop"},
	} {
		sim.AddAuthorization(test.a)
		want = append(want, test.name)
	}
	changeResponses(sim, `"name":"nameless"`, `"name":""`)
	names := []string{}
	for _, result := range newProtocol(t, sim.url).list(t, tfprotov6.ListResourceRequest{TypeName: authorizationType, Limit: 100}, nil) {
		names = append(names, result.DisplayName)
		if result.Resource != nil {
			t.Errorf("%s has a resource that nobody asked for", result.DisplayName)
		}
	}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

// After an error a list has nothing else, and the error repeats no secret.
func TestAuthorizationList_errors(t *testing.T) {
	t.Parallel()
	echoed := fmt.Sprintf(`{"message":"Bad credentials: %s"}`, testPassword)
	for name, test := range map[string]struct {
		answer fault
		want   string
	}{
		"refused":   {respond(http.StatusUnauthorized, echoed), "401 Unauthorized"},
		"forbidden": {respond(http.StatusForbidden, echoed), "403 Forbidden"},
		"missing":   {respond(http.StatusNotFound, `{"message":"Not Found"}`), "does not offer the OAuth Authorizations API"},
		"garbage":   {respond(http.StatusOK, "["+testPassword), "200 OK"},
		"web page":  {respondAs("text/html", http.StatusOK, "<html>"+testPassword), "The response is not from the API"},
		"fields":    {respond(http.StatusUnprocessableEntity, `{"message":"Validation Failed","errors":[{"field":"client_id","code":"custom","message":"`+testPassword+`"}]}`), "422 Unprocessable Entity"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.inject(map[string]fault{http.MethodGet: test.answer})
			s := newProtocol(t, sim.url)
			for _, kind := range []string{authorizationType, fingerprintType} {
				results := s.list(t, tfprotov6.ListResourceRequest{TypeName: kind, Limit: 100, IncludeResource: true}, nil)
				wantListError(t, results, test.want)
				if name == "refused" {
					test.want = "Not sent, because an earlier request of this run was refused: bad credentials"
				}
			}
			if sent := sim.sent(); name == "refused" && len(sent) != 1 {
				t.Errorf("sent %q after a refusal", sent)
			}
		})
	}
}

// wantListError checks that a list is one error that says want, and has no secret.
func wantListError(t *testing.T, results []tfprotov6.ListResourceResult, want string) {
	t.Helper()
	if len(results) != 1 || len(results[0].Diagnostics) != 1 || results[0].Identity != nil {
		t.Fatalf("listed %+v, want one error", results)
	}
	d := results[0].Diagnostics[0]
	if d.Severity != tfprotov6.DiagnosticSeverityError || d.Summary != "Unable to list authorizations" || !strings.Contains(d.Detail, want) {
		t.Errorf("%s: %s: %s, want an error with %q", d.Severity, d.Summary, d.Detail, want)
	}
	if strings.Contains(d.Detail, testPassword) {
		t.Errorf("the password is in %q", d.Detail)
	}
}

// An unknown filter is an error before anything is sent, because it is not the same as
// no filter.
func TestAuthorizationList_unknown(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	s := newProtocol(t, sim.url)
	all := tfprotov6.ListResourceRequest{TypeName: authorizationType, Limit: 100}
	for _, filters := range []map[string]tftypes.Value{
		{"client_id": stringValue(tftypes.UnknownValue)},
		{"note_prefix": stringValue(tftypes.UnknownValue)},
		{"scopes": listValue("repo", tftypes.UnknownValue)},
	} {
		wantListError(t, s.list(t, all, filters), "A filter is only known after an apply")
	}
	if _, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: dynamic(t, s.schema.Provider.ValueType(), map[string]tftypes.Value{
			"base_url": stringValue(tftypes.UnknownValue), "username": stringValue(testUser), "password": stringValue(testPassword),
		}),
	}); err != nil {
		t.Fatal(err)
	}
	wantListError(t, s.list(t, all, nil), "needs settings that are only known after an apply: base_url")
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
}

func TestAuthorizationList_cancelled(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	s := newProtocol(t, sim.url)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sim.Intercept(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		cancel()
		<-r.Context().Done()
	})
	wantListError(t, s.listWith(ctx, t, tfprotov6.ListResourceRequest{TypeName: authorizationType, Limit: 100}, nil), "The run was interrupted")
}

func TestAuthorizationList_scopeNames(t *testing.T) {
	t.Parallel()
	s := newProtocol(t, nowhere)
	lister, _ := s.ProviderServer.(tfprotov6.ListResourceServer)
	for _, test := range []struct {
		scopes tftypes.Value
		want   []string
	}{
		{listValue("repo", "gist", tftypes.UnknownValue), nil},
		{listValue("repo", "repo:status", "made-up"), []string{"Unknown scope", "Redundant scope"}},
		{listValue("repo", nil), []string{"Null scope"}},
	} {
		resp, err := lister.ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
			TypeName: authorizationType,
			Config:   dynamic(t, s.schema.ListResourceSchemas[authorizationType].ValueType(), map[string]tftypes.Value{"scopes": test.scopes}),
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range resp.Diagnostics {
			got = append(got, d.Summary)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.scopes, got, test.want)
		}
	}
}
