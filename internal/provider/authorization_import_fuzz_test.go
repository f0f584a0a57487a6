package provider

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// FuzzImportState imports by any ID. It imports the authorization with that ID, or
// reports an error.
func FuzzImportState(f *testing.F) {
	for _, id := range []string{
		"1", "2", "123", "0", "-1", "+1", "01", "1.0", "9223372036854775808", "", " 1", "1/", "/1", "1/2", "a/b/c",
		testClientID + "/builder-1", testClientID + "/ü?#%", testClientID + "/..", "x&page=2/y", "00000000000000000000/x",
	} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if !utf8.ValidString(id) {
			return // no CLI has such text
		}
		clientID, fingerprint, _ := strings.Cut(id, "/")
		sim := ghessim.New(ghessim.Options{Users: []ghessim.User{{Login: testUser, Password: testPassword}}})
		sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("another")})
		sim.AddAuthorization(ghessim.Authorization{ClientID: clientID, Fingerprint: &fingerprint})
		s := newSession(simulated(t, sim), nil, nil, "", account{})

		parsed, err := strconv.ParseInt(id, 10, 64)
		if err != nil || strconv.FormatInt(parsed, 10) != id {
			parsed = 0
		}
		checkImport(t, &authorizationResource{session: s}, id, max(parsed, 0))
		checkImport(t, &authorizationFingerprintResource{authorizationResource{session: s}}, id, importedByFingerprint(parsed, clientID, fingerprint))
	})
}

// importedByFingerprint returns which of the fuzz test's authorizations, 1 and 2, an import
// into ghes_authorization_fingerprint finds, and 0 if none.
func importedByFingerprint(id int64, clientID, fingerprint string) int64 {
	isApp := ghes.IsPathElement(clientID) && clientID != ghes.NoApp && fingerprint != "" // authorization 2 is for an app
	switch {
	case id == 1, id == 2 && isApp:
		return id
	case isApp && ghes.IsPathElement(fingerprint):
		return 2
	}
	return 0
}

// importer is a resource that can be imported and has an identity.
type importer interface {
	resource.ResourceWithImportState
	resource.ResourceWithIdentity
}

// checkImport checks which authorization is imported by an ID. It is an error if, and only
// if, want is 0.
func checkImport(t *testing.T, r importer, id string, want int64) {
	t.Helper()
	got, err := importedID(t, r, id)
	if err == "" && got != want || want == 0 != (err != "") {
		t.Errorf("%T: imported %d, want %d, error %q", r, got, want, err)
	}
}

// simulated returns a client of sim, without a network.
func simulated(t *testing.T, sim http.Handler) *ghes.Client {
	t.Helper()
	return ghes.NewClient(ghes.Config{Connection: ghes.Connection{
		BaseURL:  &url.URL{Scheme: "https", Host: "ghes.example.com", Path: "/api/v3/"},
		Username: testUser, Password: testPassword, UserAgent: "test",
		RoundTripper: inProcess{sim},
	}})
}

// inProcess is a transport to a handler.
type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// importedID returns the ID in the state after an import by id, 0 if there is none, and
// the error.
func importedID(t *testing.T, r importer, id string) (int64, string) {
	t.Helper()
	var schema resource.SchemaResponse
	r.Schema(t.Context(), resource.SchemaRequest{}, &schema)
	var identity resource.IdentitySchemaResponse
	r.IdentitySchema(t.Context(), resource.IdentitySchemaRequest{}, &identity)
	none := tfsdk.ResourceIdentity{Schema: identity.IdentitySchema, Raw: tftypes.NewValue(identityType, nil)}
	got := none
	resp := resource.ImportStateResponse{Identity: &got, State: tfsdk.State{
		Schema: schema.Schema,
		Raw:    tftypes.NewValue(schema.Schema.Type().TerraformType(t.Context()), nil),
	}}
	r.ImportState(t.Context(), resource.ImportStateRequest{ID: id, Identity: &none}, &resp)
	var inState types.Int64
	if !resp.State.Raw.IsNull() {
		resp.State.GetAttribute(t.Context(), path.Root("id"), &inState)
	}
	if resp.Diagnostics.HasError() {
		return inState.ValueInt64(), resp.Diagnostics[0].Detail()
	}
	return inState.ValueInt64(), ""
}
