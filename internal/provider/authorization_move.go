package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// moveSource is a resource of a provider for any REST API, which may manage an
// authorization. Its attributes are read by name, whatever the version of its schema.
type moveSource struct {
	typeName string
	// provider is the address of its provider without the host, which may be a mirror.
	provider string
	// ids are the attributes that may be the ID of the authorization.
	ids []string
	// addresses are the attributes that have an address or a path of the API.
	addresses []string
	// bodies are the attributes that have a response of the server.
	bodies []string
}

var moveSources = []moveSource{
	{
		typeName:  "restapi_object",
		provider:  "mastercard/restapi",
		ids:       []string{"id"},
		addresses: []string{"path", "create_path", "read_path", "update_path", "destroy_path"},
		bodies:    []string{"create_response", "api_response"},
	},
	{
		typeName:  "restful_resource",
		provider:  "magodo/restful",
		addresses: []string{"id", "path"},
		bodies:    []string{"output", "sensitive_output"},
	},
	{
		typeName:  "terracurl_request", // its id is a name
		provider:  "devops-rob/terracurl",
		addresses: []string{"url", "request_url_string", "read_url", "destroy_url", "destroy_request_url_string"},
		bodies:    []string{"response"},
	},
}

// MoveState takes the state of a ghes_authorization_fingerprint as it is. From the state of
// a resource of another provider it takes the ID of the authorization, and its token if
// possible. The refresh that follows reads the rest.
func (r *authorizationResource) MoveState(context.Context) []resource.StateMover {
	movers := []resource.StateMover{
		authorizationMover("ghes_authorization_fingerprint", func(authorizationModel) diag.Diagnostics { return nil }),
		fromRotating(),
	}
	for _, source := range moveSources {
		movers = append(movers, resource.StateMover{StateMover: source.move})
	}
	return movers
}

func (s moveSource) move(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if !isMovedFrom(s.typeName, s.provider, req) {
		return
	}
	moved, err := s.authorization(req.SourceRawState.JSON)
	if err != nil {
		resp.Diagnostics.AddError("Unable to move to ghes_authorization", fmt.Sprintf(
			"The state of %s must contain the ID of the authorization, but %s.\n\n"+
				"First stop managing %s without deleting anything: run terraform state rm ADDRESS. "+
				"Then remove the moved block, and import the authorization by its ID with an import block. GET /authorizations lists the IDs.", s.typeName, err, s.typeName))
		return
	}
	resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root("id"), moved.id)...)
	resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root("token"), stringOrNull(moved.token))...)
	resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root("created_at"), timeOrNull(moved.createdAt))...)
}

// isMovedFrom reports whether the source is a resource of that type and provider, whose
// address has no host.
func isMovedFrom(typeName, provider string, req resource.MoveStateRequest) bool {
	// Before 1.12.4, OpenTofu gives only the last part of the address.
	_, short, _ := strings.Cut(provider, "/")
	return req.SourceTypeName == typeName && (strings.HasSuffix(req.SourceProviderAddress, "/"+provider) || req.SourceProviderAddress == short)
}

// movedAuthorization is an authorization as the state of another resource has it.
type movedAuthorization struct {
	id        int64
	token     string    // "" if the state has none, or if it was reset
	createdAt time.Time // zero if the state has none; shows whether the ID was reused
}

// authorization finds the authorization in a state. Its errors quote only IDs from the
// state, because addresses and headers may contain passwords.
func (s moveSource) authorization(state []byte) (movedAuthorization, error) {
	var attributes map[string]json.RawMessage
	if json.Unmarshal(state, &attributes) != nil {
		return movedAuthorization{}, errors.New("the state cannot be read")
	}
	var bodies []movedBody
	for _, name := range s.bodies {
		bodies = append(bodies, movedBodyIn(attributes[name]))
	}
	var addresses, ids []string
	for _, name := range s.addresses {
		addresses = append(addresses, jsonString(attributes[name]))
	}
	for _, name := range s.ids {
		ids = append(ids, jsonString(attributes[name]))
	}
	for _, body := range bodies {
		addresses = append(addresses, body.URL)
		ids = append(ids, string(body.ID))
	}
	known := false
	for _, address := range addresses {
		if id, ok := authorizationIDIn(address); ok {
			known = true
			ids = append(ids, id)
		}
	}
	if !known {
		return movedAuthorization{}, errors.New("it contains no address such as /authorizations/123")
	}
	id, err := singleID(ids)
	if err != nil {
		return movedAuthorization{}, err
	}
	return withBodies(id, bodies), nil
}

// withBodies adds what the responses say about authorization id. If one of them has
// the hash of another token, the token was reset and is left out.
func withBodies(id int64, bodies []movedBody) movedAuthorization {
	moved := movedAuthorization{id: id}
	for _, body := range bodies {
		moved.token = cmp.Or(moved.token, body.Token)
		if moved.createdAt.IsZero() {
			moved.createdAt, _ = time.Parse(time.RFC3339, body.CreatedAt)
		}
	}
	hash := sha256Hex(moved.token)
	hasHash := func(body movedBody) bool { return strings.EqualFold(body.HashedToken, hash) }
	hasAnotherHash := func(body movedBody) bool { return body.HashedToken != "" && !hasHash(body) }
	if !slices.ContainsFunc(bodies, hasHash) || slices.ContainsFunc(bodies, hasAnotherHash) {
		moved.token = ""
	}
	return moved
}

// movedBody is the part of a response that describes an authorization.
type movedBody struct {
	ID          json.Number `json:"id"`
	URL         string      `json:"url"`
	Token       string      `json:"token"`
	HashedToken string      `json:"hashed_token"`
	CreatedAt   string      `json:"created_at"`
}

// movedBodyIn decodes an attribute that has JSON as a string, or as a value of dynamic
// type. It returns the zero value if that is not an authorization.
func movedBodyIn(attribute json.RawMessage) movedBody {
	var dynamic struct {
		Value json.RawMessage `json:"value"`
	}
	if json.Unmarshal(attribute, &dynamic) == nil && dynamic.Value != nil {
		attribute = dynamic.Value
	}
	if body := jsonString(attribute); body != "" {
		attribute = json.RawMessage(body)
	}
	var body movedBody
	if json.Unmarshal(attribute, &body) != nil {
		return movedBody{}
	}
	return body
}

// jsonString returns the value of a JSON string, and "" for other JSON.
func jsonString(attribute json.RawMessage) string {
	var value string
	_ = json.Unmarshal(attribute, &value)
	return value
}

// authorizationIDIn reports whether an address or a path is below /authorizations, and
// returns the path element after that: an ID, or "".
func authorizationIDIn(address string) (id string, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	below := strings.TrimPrefix(strings.Trim(u.Path, "/"), "api/v3/") + "/"
	rest, ok := strings.CutPrefix(below, "authorizations/")
	id, _, _ = strings.Cut(rest, "/")
	return id, ok
}

// singleID returns the only ID among the values. Values that are not IDs are ignored.
func singleID(values []string) (int64, error) {
	found := map[int64]bool{}
	for _, value := range values {
		if id := parseID(value); id > 0 {
			found[id] = true
		}
	}
	ids := slices.Sorted(maps.Keys(found))
	switch len(ids) {
	case 0:
		return 0, errors.New("it contains none")
	case 1:
		return ids[0], nil
	}
	return 0, fmt.Errorf("it contains more than one, such as %d and %d", ids[0], ids[1])
}

// parseID returns 0 for a value that is not an integer. The restapi provider writes
// large integers as floating-point numbers, such as 1.234567e+06.
func parseID(value string) int64 {
	if id, err := strconv.ParseInt(value, 10, 64); err == nil {
		return id
	}
	const exact = 1 << 53
	float, err := strconv.ParseFloat(value, 64)
	if err != nil || !strings.Contains(value, "e+") || math.Abs(float) > exact || float != math.Trunc(float) {
		return 0
	}
	return int64(float)
}

// isUnrefreshed reports whether state m has only what MoveState found, because no
// refresh has read the rest yet.
func (m *authorizationModel) isUnrefreshed() bool { return m.App.IsNull() }

// unrefreshedError refuses a plan that would compare the configuration with an
// incomplete state: it would replace an app's token.
func unrefreshedError(id int64) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to plan authorization", fmt.Sprintf(
		"Authorization %d was moved by a moved block, and the provider has not read it yet. Plan without -refresh=false.", id))
}

// dropMovedToken removes a token that was not valid any more when it was moved. The
// authorization is in use with another token, which a replacement would revoke.
func (m *authorizationModel) dropMovedToken() diag.Diagnostic {
	m.Token = types.StringNull()
	return diag.NewWarningDiagnostic("The token was reset before it was moved", fmt.Sprintf(
		"The current token of authorization %d is not the one in the moved state. The server does not show it again, so token is null, as after an import.", m.ID.ValueInt64()))
}
