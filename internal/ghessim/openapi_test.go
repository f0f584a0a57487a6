package ghessim_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// described checks what goes over the wire against the official description of the API.
type described struct {
	*instance
	doc  *openapi3.T
	seen map[string]bool // "GET /authorizations 200"
}

// operations maps the paths of the scenario to those of the description.
var operations = []struct {
	path     *regexp.Regexp
	template string
}{
	{regexp.MustCompile(`^/applications/grants$`), "/applications/grants"},
	{regexp.MustCompile(`^/applications/grants/[^/]+$`), "/applications/grants/{grant_id}"},
	{regexp.MustCompile(`^/authorizations$`), "/authorizations"},
	{regexp.MustCompile(`^/authorizations/clients/[^/]+$`), "/authorizations/clients/{client_id}"},
	{regexp.MustCompile(`^/authorizations/clients/[^/]+/[^/]+$`), "/authorizations/clients/{client_id}/{fingerprint}"},
	{regexp.MustCompile(`^/authorizations/[^/]+$`), "/authorizations/{authorization_id}"},
}

func describe(t *testing.T, o ghessim.Options) *described {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(contract(t, "openapi-ghes-3.19.json"))
	if err != nil {
		t.Fatal(err)
	}
	// The official examples lack the expires_at that the official schema requires.
	if err := doc.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
	return &described{instance: start(t, o), doc: doc, seen: map[string]bool{}}
}

// valid sends a request whose body the description allows.
func (d *described) valid(method, path, body string, status int, options ...option) readResponse {
	d.t.Helper()
	operation, _ := d.operation(method, path)
	if operation.RequestBody != nil && body != "" {
		schema := operation.RequestBody.Value.Content.Get("application/json").Schema.Value
		if err := schema.VisitJSON(parse(d.t, body)); err != nil {
			d.t.Errorf("request %s %s %s: %v", method, path, body, err)
		}
	}
	return d.invalid(method, path, body, status, options...)
}

// invalid sends a request whose body is not checked.
func (d *described) invalid(method, path, body string, status int, options ...option) readResponse {
	d.t.Helper()
	got := d.do(method, path, body, options...)
	if got.status != status {
		d.t.Errorf("%s %s %s: got %d %s, want %d", method, path, body, got.status, got.body, status)
	}
	operation, template := d.operation(method, path)
	d.seen[method+" "+template+" "+strconv.Itoa(status)] = true
	schema := d.schema(operation, got.status)
	switch {
	case schema == nil && got.body != "":
		d.t.Errorf("%s %s: %d has a body: %s", method, path, got.status, got.body)
	case schema != nil:
		err := schema.VisitJSON(parse(d.t, got.body), openapi3.VisitAsResponse(), openapi3.MultiErrors())
		if err != nil {
			d.t.Errorf("%s %s: %d %s: %v", method, path, got.status, got.body, err)
		}
	}
	return got
}

// operation finds the description of a request; POST on one authorization is an undocumented PATCH.
func (d *described) operation(method, path string) (*openapi3.Operation, string) {
	d.t.Helper()
	path, _, _ = strings.Cut(path, "?")
	for _, o := range operations {
		if !o.path.MatchString(path) {
			continue
		}
		if method == http.MethodPost && o.template == "/authorizations/{authorization_id}" {
			method = http.MethodPatch
		}
		if operation := d.doc.Paths.Value(o.template).GetOperation(method); operation != nil {
			return operation, o.template
		}
	}
	d.t.Fatalf("%s %s is not described", method, path)
	return nil, ""
}

// schema is the schema of the response's body, nil if there must be none. Responses that the operation does not
// describe, such as a 404 for one authorization, must have the common form of errors.
func (d *described) schema(operation *openapi3.Operation, status int) *openapi3.Schema {
	if response := operation.Responses.Status(status); response != nil {
		media := response.Value.Content.Get("application/json")
		if media == nil {
			return nil
		}
		return media.Schema.Value
	}
	if status == http.StatusUnprocessableEntity {
		return d.doc.Components.Schemas["validation-error"].Value
	}
	return d.doc.Components.Schemas["basic-error"].Value
}

func parse(t *testing.T, body string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	return v
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	d := describe(t, ghessim.Options{})
	d.personal()
	d.appTokens()
	d.grants()
	d.refusals()

	// A 410 and the 304s of methods other than GET are described, but nobody has ever seen one.
	for _, want := range []string{
		"GET /applications/grants 200", "GET /applications/grants 304",
		"GET /applications/grants 401", "GET /applications/grants 403", "GET /applications/grants 404",
		"GET /applications/grants/{grant_id} 200", "GET /applications/grants/{grant_id} 304",
		"GET /applications/grants/{grant_id} 401", "GET /applications/grants/{grant_id} 403",
		"DELETE /applications/grants/{grant_id} 204",
		"DELETE /applications/grants/{grant_id} 401", "DELETE /applications/grants/{grant_id} 403",
		"GET /authorizations 200", "GET /authorizations 304",
		"GET /authorizations 401", "GET /authorizations 403", "GET /authorizations 404",
		"POST /authorizations 201", "POST /authorizations 401", "POST /authorizations 403", "POST /authorizations 422",
		"PUT /authorizations/clients/{client_id} 200", "PUT /authorizations/clients/{client_id} 201",
		"PUT /authorizations/clients/{client_id} 401", "PUT /authorizations/clients/{client_id} 403",
		"PUT /authorizations/clients/{client_id} 422",
		"PUT /authorizations/clients/{client_id}/{fingerprint} 200",
		"PUT /authorizations/clients/{client_id}/{fingerprint} 201",
		"PUT /authorizations/clients/{client_id}/{fingerprint} 422",
		"GET /authorizations/{authorization_id} 200", "GET /authorizations/{authorization_id} 304",
		"GET /authorizations/{authorization_id} 401", "GET /authorizations/{authorization_id} 403",
		"PATCH /authorizations/{authorization_id} 200", "PATCH /authorizations/{authorization_id} 422",
		"DELETE /authorizations/{authorization_id} 204",
		"DELETE /authorizations/{authorization_id} 401", "DELETE /authorizations/{authorization_id} 403",
	} {
		if !d.seen[want] {
			t.Errorf("the scenario has no %s", want)
		}
	}
}

func (d *described) personal() {
	d.valid("GET", "/authorizations", "", 200)
	d.valid("POST", "/authorizations", `{"note":"ci","note_url":"https://example.com","scopes":["repo"],"fingerprint":"x"}`, 201)
	d.valid("POST", "/authorizations", `{"note":"plain","scopes":null}`, 201)
	d.valid("POST", "/authorizations", `{"note":"ci"}`, 422)
	d.valid("POST", "/authorizations", "", 422)
	d.invalid("POST", "/authorizations", `{"note":1}`, 422)
	d.invalid("POST", "/authorizations", `{"note":`, 400)

	one := d.valid("GET", "/authorizations/1", "", 200)
	d.valid("GET", "/authorizations/1", "", 304, header("If-None-Match", one.header.Get("ETag")))
	list := d.valid("GET", "/authorizations?per_page=1", "", 200)
	d.valid("GET", "/authorizations?per_page=1", "", 304, header("If-None-Match", list.header.Get("ETag")))
	d.valid("GET", "/authorizations/9", "", 404)

	d.valid("PATCH", "/authorizations/1", `{"add_scopes":["gist"]}`, 200)
	d.valid("PATCH", "/authorizations/1", `{"remove_scopes":["repo"]}`, 200)
	d.valid("POST", "/authorizations/1", `{"scopes":[],"note":"other","note_url":"","fingerprint":""}`, 200)
	d.valid("PATCH", "/authorizations/1", "", 200)
	d.valid("PATCH", "/authorizations/1", `{"note":"plain"}`, 422)
	d.valid("PATCH", "/authorizations/1", `{"add_scopes":["a"],"remove_scopes":["b"]}`, 422)
	d.valid("PATCH", "/authorizations/9", `{}`, 404)

	d.EditAuthorization(2, func(a *ghessim.Authorization) { a.ExpiresAt = new(someday.Add(time.Hour)) })
	d.EditAuthorization(2, func(a *ghessim.Authorization) { a.Token = "" })
	d.valid("GET", "/authorizations", "", 200)
	d.valid("DELETE", "/authorizations/1", "", 204)
	d.valid("DELETE", "/authorizations/1", "", 404)
}

func (d *described) appTokens() {
	credentials := `"client_id":"` + clientID + `","client_secret":"` + secret + `"`
	d.valid("POST", "/authorizations", "{"+credentials+"}", 201)
	d.valid("POST", "/authorizations", "{"+credentials+"}", 422)
	d.valid("POST", "/authorizations", `{"client_id":"nobody","client_secret":"nothing"}`, 422)
	d.invalid("POST", "/authorizations", `{"client_id":"far too long for the app of a client"}`, 422)

	app := "/authorizations/clients/other-app"
	body := `{"client_secret":"other-staple","note":"n","note_url":"https://example.com","scopes":["repo"]}`
	d.valid("PUT", app, body, 201)
	d.valid("PUT", app, body, 200)
	d.invalid("PUT", app, `{}`, 422)
	d.valid("PUT", app+"/print", body, 201)
	d.valid("PUT", app+"/print", body, 200)
	d.valid("PUT", app+"/print", `{"client_secret":"wrong"}`, 422)
	d.valid("GET", "/authorizations?client_id=other-app", "", 200)
}

func (d *described) grants() {
	list := d.valid("GET", "/applications/grants", "", 200)
	d.valid("GET", "/applications/grants", "", 304, header("If-None-Match", list.header.Get("ETag")))
	one := d.valid("GET", "/applications/grants/1", "", 200)
	d.valid("GET", "/applications/grants/1", "", 304, header("If-None-Match", one.header.Get("ETag")))
	d.valid("GET", "/applications/grants?client_id=other-app&per_page=1", "", 200)
	d.valid("DELETE", "/applications/grants/1", "", 204)
	d.valid("DELETE", "/applications/grants/1", "", 404)
	d.valid("GET", "/applications/grants/1", "", 404)
}

// refusals has every operation refused: without credentials, with a token, and on a server without the
// API.
func (d *described) refusals() {
	token := d.AddAuthorization(ghessim.Authorization{Note: new("lent")}).Token
	gone := &described{instance: start(d.t, ghessim.Options{NoAuthorizations: true}), doc: d.doc, seen: d.seen}
	body := `{"client_secret":"other-staple"}`
	for _, o := range []struct{ method, path, body string }{
		{"GET", "/applications/grants", ""},
		{"GET", "/applications/grants/2", ""},
		{"DELETE", "/applications/grants/2", ""},
		{"GET", "/authorizations", ""},
		{"GET", "/authorizations/2", ""},
		{"POST", "/authorizations", ""},
		{"PATCH", "/authorizations/2", ""},
		{"DELETE", "/authorizations/2", ""},
		{"PUT", "/authorizations/clients/other-app", body},
		{"PUT", "/authorizations/clients/other-app/print", body},
	} {
		d.valid(o.method, o.path, o.body, 401, anonymous)
		d.valid(o.method, o.path, o.body, 401, basic("somebody", "wrong"), header("X-GitHub-OTP", ""))
		d.valid(o.method, o.path, o.body, 403, header("Authorization", "token "+token))
		d.valid(o.method, o.path, o.body, 403, header("User-Agent", ""))
		d.valid(o.method, o.path, o.body, 400, header("X-GitHub-Api-Version", "1999-12-31"))
		gone.valid(o.method, o.path, o.body, 404)
	}
	for n := range 10 {
		d.valid("GET", "/authorizations", "", 401, basic("hubot", "wrong"+strconv.Itoa(n)))
	}
	d.valid("GET", "/authorizations", "", 403, basic("hubot", "wrong-horse"))
}
