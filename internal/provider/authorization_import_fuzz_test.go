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

// FuzzImportState imports by any ID: what is imported is what the ID says, and
// nothing is without an error.
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
		client := newRunClient(simulated(t, sim), nil, nil, "", owner{})

		number, _ := strconv.ParseInt(id, 10, 64)
		byNumber, err := imported(t, &authorizationResource{client: client}, id)
		if byNumber != max(number, 0) && err == "" || byNumber == 0 != (err != "") {
			t.Errorf("ghes_authorization: %d, %q", byNumber, err)
		}
		want := int64(0)
		isApp := ghes.IsPathElement(clientID) && clientID != ghes.NoApp && fingerprint != ""
		switch {
		case number == 1, number == 2 && isApp:
			want = number
		case isApp && ghes.IsPathElement(fingerprint):
			want = 2
		}
		if got, err := imported(t, &authorizationFingerprintResource{authorizationResource{client: client}}, id); got != want || want == 0 != (err != "") {
			t.Errorf("ghes_authorization_fingerprint: %d, want %d, %q", got, want, err)
		}
	})
}

// simulated returns a client of sim, without a network.
func simulated(t *testing.T, sim http.Handler) *ghes.Client {
	t.Helper()
	client, err := ghes.NewClient(ghes.Config{
		BaseURL:  &url.URL{Scheme: "https", Host: "ghes.example.com", Path: "/api/v3/"},
		Username: testUser, Password: testPassword, UserAgent: "test",
		Transport: inProcess{sim},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
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

// imported returns the number that an import by id gives, 0 where none, and its
// error.
func imported(t *testing.T, r interface {
	resource.ResourceWithImportState
	resource.ResourceWithIdentity
}, id string) (int64, string) {
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
	var number types.Int64
	if !resp.State.Raw.IsNull() {
		resp.State.GetAttribute(t.Context(), path.Root("id"), &number)
	}
	if resp.Diagnostics.HasError() {
		return number.ValueInt64(), resp.Diagnostics[0].Detail()
	}
	return number.ValueInt64(), ""
}
