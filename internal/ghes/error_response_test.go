package ghes

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

// oldToken has the form of a token before GHES 3.2, which looks like a hash.
const oldToken = "0000000000notarealtoken00000000000000000"

// echo creates a token in response to a POST. For all other requests it calls write with a text that
// has this token and all of the request.
func echo(write func(w http.ResponseWriter, text string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			reply(http.StatusCreated, `{"id":1,"token":"`+oldToken+`"}`)(w, r)
			return
		}
		request, err := httputil.DumpRequest(r, true)
		if err != nil {
			request = []byte(err.Error())
		}
		_, password, _ := r.BasicAuth()
		write(w, fmt.Sprintf("%s %s battery-staple %s", request, password, oldToken))
	}
}

// replyJSON responds with the JSON of value.
func replyJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		body = []byte(err.Error())
	}
	reply(status, string(body))(w, nil)
}

// If the server repeats secrets anywhere in its response, none of them gets into the error.
func TestFailure_echo(t *testing.T) {
	t.Parallel()
	type object map[string]any
	for name, write := range map[string]func(w http.ResponseWriter, text string){
		"message": func(w http.ResponseWriter, text string) { replyJSON(w, 500, object{"message": text}) },
		"message beside malformed fields": func(w http.ResponseWriter, text string) {
			replyJSON(w, 500, object{"message": text, "errors": text})
		},
		"message in JSON": func(w http.ResponseWriter, text string) {
			replyJSON(w, 500, object{"message": fmt.Sprintf("%q", text)})
		},
		"message in a query": func(w http.ResponseWriter, text string) { replyJSON(w, 500, object{"message": url.QueryEscape(text)}) },
		"two factors": func(w http.ResponseWriter, text string) {
			w.Header().Set("X-Github-Otp", "required; "+oldToken)
			replyJSON(w, 401, object{"message": text})
		},
		"rate limit": func(w http.ResponseWriter, text string) {
			w.Header().Set("X-Ratelimit-Remaining", "0")
			replyJSON(w, 403, object{"message": text})
		},
		"fields": func(w http.ResponseWriter, text string) {
			replyJSON(w, 422, object{"message": "no", "errors": []object{{"resource": text, "field": text, "code": text}, {"message": text}}})
		},
		"fields as text": func(w http.ResponseWriter, text string) { replyJSON(w, 422, object{"errors": []string{text}}) },
		"plain":          func(w http.ResponseWriter, text string) { http.Error(w, text, 500) },
		"request ID": func(w http.ResponseWriter, _ string) {
			w.Header().Set("X-Github-Request-Id", oldToken+" correct-horse")
			replyJSON(w, 500, object{})
		},
		"redirect": func(w http.ResponseWriter, text string) {
			w.Header().Set("Location", "http://correct-horse."+oldToken+".example.com/"+oldToken+"?"+url.QueryEscape(text))
			w.WriteHeader(302)
		},
		"redirect that cannot be read": func(w http.ResponseWriter, _ string) {
			w.Header().Set("Location", "http://"+oldToken+".example.com:correct-horse")
			w.WriteHeader(307)
		},
		"wrong types": func(w http.ResponseWriter, text string) {
			replyJSON(w, 200, object{"id": text, "token": []string{text}})
		},
		"wrong time": func(w http.ResponseWriter, text string) { replyJSON(w, 200, object{"id": 1, "created_at": text}) },
		"not JSON":   func(w http.ResponseWriter, text string) { reply(200, text)(w, nil) },
		"wrong ID":   func(w http.ResponseWriter, text string) { replyJSON(w, 200, object{"id": 2, "note": text}) },
		"not HTTP": func(w http.ResponseWriter, text string) {
			hijack(w, strings.ReplaceAll(text, "\r\n", " ")+"\r\n\r\n")
		},
		"bad header": func(w http.ResponseWriter, _ string) {
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: "+oldToken+"\r\n\r\n")
		},
		"bad encoding": func(w http.ResponseWriter, _ string) {
			hijack(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: correct-horse "+oldToken+"\r\n\r\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := serve(t, echo(write))
			if _, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci", ClientID: "app", ClientSecret: "battery-staple"}); err != nil {
				t.Fatal(err)
			}
			_, err := c.RefreshAuthorization(t.Context(), 1)
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error %#v", err)
			}
			text := fmt.Sprint(e, e.Message, e.RequestID, e.Location)
			for _, f := range e.Fields {
				text += fmt.Sprint(f.Resource, f.Field, f.Code, f.Message)
			}
			for _, secret := range []string{"correct-horse", "battery-staple", oldToken, base64.StdEncoding.EncodeToString([]byte("octocat:correct-horse"))} {
				if strings.Contains(text, secret) {
					t.Errorf("%s is in %s", secret, text)
				}
			}
		})
	}
}

// hijack sends text instead of a response, and closes the connection.
func hijack(w http.ResponseWriter, text string) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_, _ = conn.Write([]byte(text))
		_ = conn.Close()
	}
}

// Secrets are redacted before the text is cut and its white space collapsed. Otherwise a part of a
// secret could be left at the end, or on both sides of a line break.
func TestFailure_cut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ message, want string }{
		"straddles the end": {strings.Repeat("x", 490) + "battery staple\n and more", strings.Repeat("x", 490) + "*** and mo…"},
		"line break":        {"not battery staple\n!", "not ***!"},
		"named":             {`{"password": "` + strings.Repeat("y", 600) + `"}`, `{"password": "***"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := serve(t, emptyList(func(w http.ResponseWriter, _ *http.Request) {
				replyJSON(w, 500, map[string]string{"message": test.message})
			}))
			_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{ClientSecret: "battery staple\n"})
			wantError(t, err, "POST PREFIX/authorizations: 500 Internal Server Error: "+strconv.Quote(test.want)+`: an authorization with note "" may be left on the server`)
		})
	}
}

// The reason for a refusal is found in the server's message before secrets in it are redacted: a
// password may be a word of that message.
func TestFailure_reason(t *testing.T) {
	t.Parallel()
	const text = "This API can only be accessed with username and password Basic Auth"
	server := httptest.NewServer(reply(403, `{"message":"`+text+`"}`))
	t.Cleanup(server.Close)
	base := apiRoot(t, server.URL+"/api/v3")
	var secrets redact.Secrets
	c := NewClient(Config{Connection: Connection{BaseURL: base, Username: "octocat", Password: "password", RoundTripper: http.DefaultTransport, Secrets: &secrets}})
	_, err := c.GetGrant(t.Context(), 1)
	wantIs(t, err, ErrTokenAuth)
	wantError(t, err, "GET /api/v3/applications/grants/1: 403 Forbidden: \"This API can only be accessed with username and *** Basic Auth\"")
	if got := secrets.Redact("password"); got != "***" {
		t.Errorf("the given secrets do not redact the password: %q", got)
	}
}

// A token in a response is redacted from then on, even if the rest of the response is malformed.
func TestClient_Secrets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ operation, body string }{
		{"create", `{"id":1,"token":"` + oldToken + `","scopes":5}`},
		{"create", `{"id":1,"token":"` + oldToken + `","created_at":"tomorrow"}`},
		{"get", `{"id":2,"token":"` + oldToken + `"}`},
		{"list", `[{"id":1,"token":"` + oldToken + `"}]`},
	} {
		status := http.StatusOK
		if test.operation == "create" {
			status = http.StatusCreated
		}
		c, _ := serve(t, reply(status, test.body))
		err := operations()[test.operation].call(t.Context(), c)
		if got := c.Secrets().Redact(oldToken); got != "***" {
			t.Errorf("after %s of %s (error %v) the token became %q", test.operation, test.body, err, got)
		}
	}
}
