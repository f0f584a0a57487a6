package ghes

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A response with the right status may still be unusable. The error names the field and its type, and
// never a value, which may be a token.
func TestResponse_body(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		``:                                   "the response is cut short or not valid JSON",
		" \r\n":                              "the response is cut short or not valid JSON",
		`{"id":1,"token":"ghp_`:              "the response is cut short or not valid JSON",
		`ghp_secret`:                         "the response is cut short or not valid JSON",
		`{"id":1} ghp_secret`:                "the response is cut short or not valid JSON",
		`["ghp_secret"]`:                     "the response is a JSON array, which the API does not document",
		`"ghp_secret"`:                       "the response is a JSON string, which the API does not document",
		`true`:                               "the response is a JSON bool, which the API does not document",
		`null`:                               "the response is about a different authorization or grant than the request",
		`{}`:                                 "the response is about a different authorization or grant than the request",
		`{"id":null}`:                        "the response is about a different authorization or grant than the request",
		`{"id":2,"token":"ghp_"}`:            "the response is about a different authorization or grant than the request",
		`{"id":-1}`:                          "the response is about a different authorization or grant than the request",
		`{"id":"1"}`:                         `"id" in the response is a JSON string, which the API does not document`,
		`{"id":1,"token":["g"]}`:             `"token" in the response is a JSON array, which the API does not document`,
		`{"id":1,"token":{}}`:                `"token" in the response is a JSON object, which the API does not document`,
		`{"id":1,"note":5}`:                  `"note" in the response is a JSON number, which the API does not document`,
		`{"id":1,"scopes":"a"}`:              `"scopes" in the response is a JSON string, which the API does not document`,
		`{"id":1,"scopes":{}}`:               `"scopes" in the response is a JSON object, which the API does not document`,
		`{"id":1,"scopes":[1]}`:              `"scopes" in the response is a JSON number, which the API does not document`,
		`{"id":1,"app":"a"}`:                 `"app" in the response is a JSON string, which the API does not document`,
		`{"id":1,"app":{"client_id":false}}`: `"app.client_id" in the response is a JSON bool, which the API does not document`,
		`{"id":1,"created_at":"ghp_secret"}`: "the response does not have the form that the API documents",
		`{"id":1,"expires_at":1538336835}`:   "the response does not have the form that the API documents",
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			c, _ := serve(t, reply(http.StatusOK, body))
			a, err := c.RefreshAuthorization(t.Context(), 1)
			if a != nil {
				t.Errorf("got %+v", a)
			}
			wantError(t, err, "GET PREFIX/authorizations/1: 200 OK: "+want)
			wantIs(t, err)
		})
	}
}

// No error repeats a number.
func TestResponse_numbers(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"id":1.5}`, `{"id":31415926535897932384}`, `{"id":1e99}`} {
		c, _ := serve(t, reply(http.StatusOK, body))
		_, err := c.RefreshAuthorization(t.Context(), 1)
		wantError(t, err, `GET PREFIX/authorizations/1: 200 OK: "id" in the response is a JSON number, which the API does not document`)
	}
}

// The response to a create is checked like every other.
func TestResponse_create(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		``:                        "the response is cut short or not valid JSON",
		`[]`:                      "the response is a JSON array, which the API does not document",
		`{"token":"ghp_secret"}`:  "the response has an authorization or grant without a valid ID",
		`{"id":0,"token":"ghp_"}`: "the response has an authorization or grant without a valid ID",
	} {
		c, _ := serve(t, emptyList(reply(http.StatusCreated, body)))
		a, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
		if a != nil {
			t.Errorf("got %+v", a)
		}
		wantError(t, err, "POST PREFIX/authorizations: 201 Created: "+want+`: an authorization with note "ci" may be left on the server`)
		c, _ = serve(t, emptyList(reply(http.StatusCreated, body)))
		a, _, err = c.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: "app"})
		if a != nil {
			t.Errorf("got %+v", a)
		}
		wantError(t, err, "PUT PREFIX/authorizations/clients/app: 201 Created: "+want+": an authorization of app app may be left on the server")
	}
}

// A malformed field in the response to a create must not lose the token in the same response.
func TestResponse_createMalformedField(t *testing.T) {
	t.Parallel()
	for _, field := range []string{`"scopes":"repo"`, `"expires_at":""`, `"created_at":"2024-01-01 00:00:00 UTC"`, `"app":[]`} {
		for _, body := range []string{`{"id":7,"token":"made-up",` + field + `}`, `{` + field + `,"token":"made-up","id":7}`} {
			c, _ := serve(t, reply(http.StatusCreated, body))
			a, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{})
			if err == nil || a == nil || a.ID != 7 || a.Token != "made-up" {
				t.Errorf("%s: got %+v, error %v", body, a, err)
			}
		}
	}
}

func TestResponse_lists(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		``:                               "the response is cut short or not valid JSON",
		`{}`:                             "the response is a JSON object, which the API does not document",
		`[{"id":1},`:                     "the response is cut short or not valid JSON",
		`["ghp_secret"]`:                 "the response is a JSON string, which the API does not document",
		`[{"id":1},{"app":{"name":[]}}]`: `"app.name" in the response is a JSON array, which the API does not document`,
	} {
		c, _ := serve(t, reply(http.StatusOK, body))
		list, err := c.ListAuthorizations(t.Context(), "")
		if list != nil {
			t.Errorf("got %+v", list)
		}
		wantError(t, err, "GET PREFIX/authorizations: 200 OK: "+want)
		_, err = c.ListGrants(t.Context(), "")
		wantError(t, err, "GET PREFIX/applications/grants: 200 OK: "+want)
	}
}

// Each item of a list needs an ID, as an authorization or a grant does in other responses.
func TestResponse_listsWithoutIDs(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`[null]`, `[{}]`, `[{"id":1},{"note":"ci"}]`, `[{"id":-1}]`} {
		c, _ := serve(t, reply(http.StatusOK, body))
		_, err := c.ListAuthorizations(t.Context(), "")
		wantError(t, err, "GET PREFIX/authorizations: 200 OK: the response has an authorization or grant without a valid ID")
		_, err = c.ListGrants(t.Context(), "")
		wantError(t, err, "GET PREFIX/applications/grants: 200 OK: the response has an authorization or grant without a valid ID")
	}
}

func TestResponse_contentType(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]error{
		"application/json":                nil,
		"application/json; charset=utf-8": nil,
		"Application/JSON;charset=UTF-8":  nil,
		"":                                nil, // no Content-Type
		"text/html":                       ErrNotJSON,
		"text/html; charset=utf-8":        ErrNotJSON,
		"application/octet-stream":        ErrNotJSON,
		"application/jsonp":               ErrNotJSON,
		"text/plain; application/json":    ErrNotJSON,
		"/":                               ErrNotJSON,
	} {
		t.Run(contentType, func(t *testing.T) {
			t.Parallel()
			c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil // Otherwise net/http would guess it.
				if contentType != "" {
					w.Header().Set("Content-Type", contentType)
				}
				_, _ = io.WriteString(w, `{"id":1}`)
			})
			_, err := c.RefreshAuthorization(t.Context(), 1)
			if want == nil {
				wantError(t, err, "<nil>")
				return
			}
			wantError(t, err, "GET PREFIX/authorizations/1: 200 OK: the response is not JSON")
			wantIs(t, err, want)
		})
	}
}

// A response that is cut short is an error, even if the part that arrived is valid JSON.
func TestResponse_cutShort(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(http.ResponseWriter){
		"with a length": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"id":1,"token":"ghp_secret"}`)
		},
		"in chunks": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `{"id":1,"token":"ghp_secret"}`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				send(w)
			})
			_, err := c.RefreshAuthorization(t.Context(), 1)
			wantError(t, err, "GET PREFIX/authorizations/1: 200 OK: the response is cut short or not valid JSON")
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Status != http.StatusOK || strings.Contains(err.Error(), "ghp_") {
				t.Errorf("error %#v", err)
			}
			sent.want(t, "GET /authorizations/1 octocat:correct-horse")
		})
	}
}
