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

// moveSource is a resource for any REST API, which may stand for an
// authorization. Attributes are read by name, whatever the version of its schema.
type moveSource struct {
	typeName string
	// provider is its provider's address without the host, which may be any mirror.
	provider string
	// numbers are attributes that are the number, if they are a number at all.
	numbers []string
	// addresses are attributes that are an address or a path of the API.
	addresses []string
	// bodies are attributes that are what the server answered.
	bodies []string
}

var moveSources = []moveSource{
	{
		typeName:  "restapi_object",
		provider:  "mastercard/restapi",
		numbers:   []string{"id"},
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
		typeName:  "terracurl_request", // its id is its name
		provider:  "devops-rob/terracurl",
		addresses: []string{"url", "request_url_string", "read_url", "destroy_url", "destroy_request_url_string"},
		bodies:    []string{"response"},
	},
}

// MoveState takes the number, and the token if it is there, from the state of
// another provider's resource. The refresh that follows finds the rest.
func (r *authorizationResource) MoveState(context.Context) []resource.StateMover {
	movers := make([]resource.StateMover, 0, len(moveSources))
	for _, source := range moveSources {
		movers = append(movers, resource.StateMover{StateMover: source.move})
	}
	return movers
}

func (s moveSource) move(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	// OpenTofu gives no more than the last part of the address before 1.12.4.
	_, short, _ := strings.Cut(s.provider, "/")
	isProvider := strings.HasSuffix(req.SourceProviderAddress, "/"+s.provider) || req.SourceProviderAddress == short
	if req.SourceTypeName != s.typeName || !isProvider {
		return
	}
	moved, err := s.authorization(req.SourceRawState.JSON)
	if err != nil {
		resp.Diagnostics.AddError("Unable to move to ghes_authorization", fmt.Sprintf(
			"The number of the authorization has to be in the state of %s, but %s.\n\n"+
				"Remove the moved block, and import the authorization by its number with an import block: GET /authorizations shows the numbers. "+
				"Have Terraform forget %s without deleting anything: with terraform state rm and its address.", s.typeName, err, s.typeName))
		return
	}
	resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root("id"), moved.id)...)
	resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root("token"), stringOrNull(moved.token))...)
	resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root("created_at"), timeOrNull(moved.createdAt))...)
}

// movedAuthorization is what the state of another resource tells.
type movedAuthorization struct {
	id        int64
	token     string    // "" where it is not there, or was reset since
	createdAt time.Time // zero where it is not there; tells another authorization of that number
}

// authorization finds the authorization in a state. Its errors quote nothing of
// the state but numbers: there may be passwords in addresses and headers.
func (s moveSource) authorization(state []byte) (movedAuthorization, error) {
	var attributes map[string]json.RawMessage
	if json.Unmarshal(state, &attributes) != nil {
		return movedAuthorization{}, errors.New("that cannot be read")
	}
	var bodies []movedBody
	for _, name := range s.bodies {
		bodies = append(bodies, movedBodyIn(attributes[name]))
	}
	var addresses, numbers []string
	for _, name := range s.addresses {
		addresses = append(addresses, textIn(attributes[name]))
	}
	for _, name := range s.numbers {
		numbers = append(numbers, textIn(attributes[name]))
	}
	for _, body := range bodies {
		addresses = append(addresses, body.URL)
		numbers = append(numbers, string(body.ID))
	}
	known := false
	for _, address := range addresses {
		if number, ok := authorizationIn(address); ok {
			known = true
			numbers = append(numbers, number)
		}
	}
	if !known {
		return movedAuthorization{}, errors.New("that has no address such as /authorizations/123")
	}
	id, err := oneNumber(numbers)
	if err != nil {
		return movedAuthorization{}, err
	}
	return completed(id, bodies), nil
}

// completed adds to a number what the answers tell of it. A token of which one
// of them has another hash was reset.
func completed(id int64, bodies []movedBody) movedAuthorization {
	moved := movedAuthorization{id: id}
	for _, body := range bodies {
		moved.token = cmp.Or(moved.token, body.Token)
		if moved.createdAt.IsZero() {
			moved.createdAt, _ = time.Parse(time.RFC3339, body.CreatedAt)
		}
	}
	hash := sha256Hex(moved.token)
	fits := func(body movedBody) bool { return strings.EqualFold(body.HashedToken, hash) }
	differs := func(body movedBody) bool { return body.HashedToken != "" && !fits(body) }
	if !slices.ContainsFunc(bodies, fits) || slices.ContainsFunc(bodies, differs) {
		moved.token = ""
	}
	return moved
}

// movedBody is an answer of the server, as far as it is an authorization.
type movedBody struct {
	ID          json.Number `json:"id"`
	URL         string      `json:"url"`
	Token       string      `json:"token"`
	HashedToken string      `json:"hashed_token"`
	CreatedAt   string      `json:"created_at"`
}

// movedBodyIn reads an attribute that is JSON as text, or as a value of dynamic
// type. What is no authorization is zero.
func movedBodyIn(attribute json.RawMessage) movedBody {
	var dynamic struct {
		Value json.RawMessage `json:"value"`
	}
	if json.Unmarshal(attribute, &dynamic) == nil && dynamic.Value != nil {
		attribute = dynamic.Value
	}
	if text := textIn(attribute); text != "" {
		attribute = json.RawMessage(text)
	}
	var body movedBody
	if json.Unmarshal(attribute, &body) != nil {
		return movedBody{}
	}
	return body
}

// textIn returns a JSON string, "" for anything else.
func textIn(attribute json.RawMessage) string {
	var text string
	_ = json.Unmarshal(attribute, &text)
	return text
}

// authorizationIn reports whether an address or a path is that of an
// authorization or of all of them, and what follows the latter.
func authorizationIn(address string) (number string, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	below := strings.TrimPrefix(strings.Trim(u.Path, "/"), "api/v3/") + "/"
	rest, ok := strings.CutPrefix(below, "authorizations/")
	number, _, _ = strings.Cut(rest, "/")
	return number, ok
}

// oneNumber returns the number that those of the texts which are numbers agree on.
func oneNumber(texts []string) (int64, error) {
	found := map[int64]bool{}
	for _, text := range texts {
		if number := numberIn(text); number > 0 {
			found[number] = true
		}
	}
	numbers := slices.Sorted(maps.Keys(found))
	switch len(numbers) {
	case 0:
		return 0, errors.New("that has none")
	case 1:
		return numbers[0], nil
	}
	return 0, fmt.Errorf("that names more than one, such as %d and %d", numbers[0], numbers[1])
}

// numberIn returns the number that a text is, 0 for any other text. The restapi
// provider writes large ones as floating-point numbers: 1.234567e+06.
func numberIn(text string) int64 {
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		return number
	}
	const exact = 1 << 53
	float, err := strconv.ParseFloat(text, 64)
	if err != nil || !strings.Contains(text, "e+") || math.Abs(float) > exact || float != math.Trunc(float) {
		return 0
	}
	return int64(float)
}

// isUnread reports of a state that no refresh has filled it yet, so that it has
// no more than its number and what MoveState found.
func (m *authorizationModel) isUnread() bool { return m.App.IsNull() }

// unreadError keeps a plan without a refresh from comparing with nothing: it
// would replace an app's authorization.
func unreadError(id int64) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to plan authorization", fmt.Sprintf(
		"Authorization %d comes from a moved block, and has not been read yet. Plan with a refresh, that is without -refresh=false.", id))
}

// dropMovedToken gives up a token that no longer was the server's when it was
// moved: the authorization is in use with another one, which replacing it would
// revoke.
func (m *authorizationModel) dropMovedToken() diag.Diagnostic {
	m.Token = types.StringNull()
	return diag.NewWarningDiagnostic("The token was reset before it was moved", fmt.Sprintf(
		"The server has another token for authorization %d than the state that was moved. The server does not show it, so token is null, as after an import.", m.ID.ValueInt64()))
}
