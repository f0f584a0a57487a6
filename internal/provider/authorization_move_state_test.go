package provider

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const movedResponse = `{"id": 7, "url": "https://ghe.example.com/api/v3/authorizations/7", "token": %q, "hashed_token": %q, "created_at": "2026-11-01T12:00:00Z"}`

// The state of the other resource decides. If it is ambiguous, the error says what to
// do.
func TestMoveState(t *testing.T) {
	t.Parallel()
	const (
		restapi, restful, terracurl = "registry.terraform.io/mastercard/restapi", "registry.opentofu.org/magodo/restful", "mirror.example.com/devops-rob/terracurl"
		unknown                     = "does not include support for the given source"
		none, several, other        = "but it contains none", "but it contains more than one, such as 7 and 8", "but it contains no address such as /authorizations/123"
	)
	hash := sha256Hex(madeUpToken)
	quoted := func(token, hash string) string { return fmt.Sprintf("%q", fmt.Sprintf(movedResponse, token, hash)) }
	for name, test := range map[string]struct {
		typeName, provider, state string
		want                      string // of the error
		token                     string
	}{
		"ID and path":                       {"restapi_object", restapi, `{"id": "7", "path": "/authorizations"}`, "", ""},
		"path without a slash":              {"restapi_object", restapi, `{"id": "7", "path": "authorizations"}`, "", ""},
		"OpenTofu before 1.12.4":            {"restapi_object", "restapi", `{"id": "7", "path": "/authorizations"}`, "", ""},
		"created by app and fingerprint":    {"restapi_object", restapi, `{"id": "7", "create_path": "/authorizations/clients/8/9"}`, "", ""},
		"named by its note":                 {"restapi_object", restapi, `{"id": "CI", "api_response": ` + quoted("", hash) + `}`, "", ""},
		"token":                             {"restapi_object", restapi, `{"id": "7", "create_response": ` + quoted(madeUpToken, hash) + `}`, "", madeUpToken},
		"hash in capitals":                  {"terracurl_request", terracurl, `{"response": ` + quoted(madeUpToken, strings.ToUpper(hash)) + `}`, "", madeUpToken},
		"token of another hash":             {"terracurl_request", terracurl, `{"response": ` + quoted(madeUpToken, sha256Hex("another")) + `}`, "", ""},
		"token without a hash":              {"terracurl_request", terracurl, `{"response": ` + quoted(madeUpToken, "") + `}`, "", ""},
		"token that was reset":              {"restapi_object", restapi, `{"create_response": ` + quoted(madeUpToken, hash) + `, "api_response": ` + quoted("", sha256Hex("another")) + `}`, "", ""},
		"address with the ID only":          {"terracurl_request", terracurl, `{"response": "{}", "read_url": "https://ghe.example.com/api/v3/authorizations/7?a=b"}`, "", ""},
		"sensitive output":                  {"restful_resource", restful, `{"id": "/authorizations/7", "sensitive_output": {"type": "dynamic", "value": ` + fmt.Sprintf(movedResponse, madeUpToken, hash) + `}}`, "", madeUpToken},
		"another host, not asked":           {"terracurl_request", terracurl, `{"url": "https://octocat:made-up-password@other.example.com/authorizations", "response": ` + quoted("", hash) + `}`, "", ""},
		"no ID":                             {"restapi_object", restapi, `{"id": "CI", "path": "/authorizations"}`, none, ""},
		"ID 0":                              {"restapi_object", restapi, `{"id": "0", "path": "/authorizations"}`, none, ""},
		"negative ID":                       {"restapi_object", restapi, `{"id": "-7", "path": "/authorizations"}`, none, ""},
		"ID with a fraction":                {"restapi_object", restapi, `{"id": "1.5e+00", "path": "/authorizations"}`, none, ""},
		"ID beyond all":                     {"restapi_object", restapi, `{"id": "99999999999999999999", "path": "/authorizations"}`, none, ""},
		"ID that was rounded":               {"restapi_object", restapi, `{"id": "1.234567890123456789e+18", "path": "/authorizations"}`, none, ""},
		"a list":                            {"terracurl_request", terracurl, `{"url": "https://ghe.example.com/authorizations", "response": "[` + strings.ReplaceAll(fmt.Sprintf(movedResponse, "", hash), `"`, `\"`) + `]"}`, none, ""},
		"name that looks like an ID":        {"terracurl_request", terracurl, `{"id": "7", "name": "7", "url": "https://ghe.example.com/authorizations"}`, none, ""},
		"two IDs":                           {"restapi_object", restapi, `{"id": "8", "path": "/authorizations", "api_response": ` + quoted("", hash) + `}`, several, ""},
		"ID of another path":                {"restful_resource", restful, `{"id": "/authorizations/8", "output": {"value": ` + fmt.Sprintf(movedResponse, "", hash) + `}}`, several, ""},
		"repository":                        {"restapi_object", restapi, `{"id": "7", "path": "/repos"}`, other, ""},
		"repository of that name":           {"restapi_object", restapi, `{"id": "7", "path": "/repos/octocat/authorizations"}`, other, ""},
		"grant":                             {"restful_resource", restful, `{"id": "/applications/grants/7", "path": "/applications/grants", "output": {"value": {"id": 7}}}`, other, ""},
		"address that is none":              {"terracurl_request", terracurl, `{"url": "https://octocat:made-up-password@ghe.example.com:authorizations/7"}`, other, ""},
		"no attributes":                     {"terracurl_request", terracurl, `{}`, other, ""},
		"null":                              {"terracurl_request", terracurl, `null`, other, ""},
		"attributes of other types":         {"restapi_object", restapi, `{"id": ["7"], "path": {"a": 1}, "api_response": 7, "create_response": [[]]}`, other, ""},
		"list instead of attributes":        {"terracurl_request", terracurl, `["made-up-password"]`, "but the state cannot be read", ""},
		"no JSON":                           {"terracurl_request", terracurl, `made-up-password`, "but the state cannot be read", ""},
		"deep":                              {"terracurl_request", terracurl, `{"response": ` + strings.Repeat("[", 100_000) + `}`, "but the state cannot be read", ""},
		"another type":                      {"terraform_data", "terraform.io/builtin/terraform", `{"id": "7"}`, unknown, ""},
		"another type of the provider":      {"restful_operation", restful, `{"id": "/authorizations/7"}`, unknown, ""},
		"the type of another provider":      {"restapi_object", "registry.terraform.io/octocat/restapi", `{"id": "7", "path": "/authorizations"}`, unknown, ""},
		"a provider that only ends like it": {"restapi_object", "registry.terraform.io/not-mastercard/restapi", `{"id": "7", "path": "/authorizations"}`, unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, token, err := movedState(t, "ghes_authorization", test.typeName, test.provider, test.state)
			if !strings.Contains(err, test.want) || (err == "") != (test.want == "") {
				t.Fatalf("error %q, want %q", err, test.want)
			}
			if strings.Contains(err, "made-up") || strings.Contains(err, madeUpToken) {
				t.Errorf("the error has what is in the state: %s", err)
			}
			if test.want == "" && (id != 7 || token != test.token) {
				t.Errorf("moved %d with token %q, want 7 with %q", id, token, test.token)
			}
		})
	}
}

// A large response is read at once: with time that grows faster than the response, the test would not end.
func TestMoveState_huge(t *testing.T) {
	t.Parallel()
	state := `{"url": "https://ghe.example.com/authorizations/7", "response": "` + strings.Repeat("x", 4<<20) + `"}`
	if id, _, err := movedState(t, "ghes_authorization", "terracurl_request", "terracurl", state); id != 7 || err != "" {
		t.Errorf("moved %d, %s", id, err)
	}
}

// A move cannot check that there are an app and a fingerprint.
func TestMoveState_fingerprint(t *testing.T) {
	t.Parallel()
	if id, _, err := movedState(t, "ghes_authorization_fingerprint", "restapi_object", "restapi", `{"id": "7", "path": "/authorizations"}`); id != 0 || err == "" {
		t.Errorf("moved %d, %q", id, err)
	}
}

// FuzzMoveState moves any state: there is one ID or an error, and the error
// has nothing of the state.
func FuzzMoveState(f *testing.F) {
	body := fmt.Sprintf(movedResponse, madeUpToken, sha256Hex(madeUpToken))
	f.Add("7", "/authorizations", body)
	f.Add("1.234567e+06", "https://octocat:made-up-password@ghe.example.com/api/v3/authorizations", "")
	f.Add("/authorizations/7", "/repos", `{"type": "string", "value": `+body+`}`)
	f.Fuzz(func(t *testing.T, id, address, body string) {
		for _, source := range moveSources {
			attributes := map[string]any{"id": id, "path": address, "url": address, "output": body, "response": body, "create_response": body}
			if json.Valid([]byte(body)) {
				attributes["output"] = json.RawMessage(body)
			}
			state, err := json.Marshal(attributes)
			if err != nil {
				t.Fatal(err)
			}
			moved, err := source.authorization(state)
			if (moved.id > 0) == (err != nil) {
				t.Errorf("%s: %+v, %v", source.typeName, moved, err)
			}
			if moved.token != "" && !strings.Contains(strings.ToLower(body), sha256Hex(moved.token)) {
				t.Errorf("%s: a token that nothing vouches for: %q", source.typeName, moved.token)
			}
			for _, part := range []string{id, address, body} {
				if len(part) > 20 && err != nil && strings.Contains(err.Error(), part) {
					t.Errorf("%s: the error quotes %q", source.typeName, part)
				}
			}
		}
	})
}

// movedState moves a state to a resource by the protocol, and returns the ID and
// token, or the error.
func movedState(t *testing.T, target, typeName, provider, state string) (id int64, token, failure string) {
	t.Helper()
	resp, err := NewServer("test")().MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: provider, SourceTypeName: typeName, TargetTypeName: target,
		SourceState: &tfprotov6.RawState{JSON: []byte(state)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Diagnostics) > 0 {
		return 0, "", resp.Diagnostics[0].Summary + ": " + resp.Diagnostics[0].Detail
	}
	var schema resource.SchemaResponse
	newAuthorizationResource().Schema(t.Context(), resource.SchemaRequest{}, &schema)
	value, err := resp.TargetState.Unmarshal(schema.Schema.Type().TerraformType(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	var idValue big.Float
	var text *string
	for _, err := range []error{value.As(&attributes), attributes["id"].As(&idValue), attributes["token"].As(&text)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	id, _ = idValue.Int64()
	if text != nil {
		token = *text
	}
	return id, token, ""
}
