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
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

// oldToken has the form of a token before GHES 3.2, which nothing tells from a
// hash.
const oldToken = "0000000000notarealtoken00000000000000000"

// echo makes a token, and answers every other request with that token and all
// that it was sent, by write.
func echo(write func(w http.ResponseWriter, said string)) http.HandlerFunc {
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

func message(w http.ResponseWriter, status int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		body = []byte(err.Error())
	}
	reply(status, string(body))(w, nil)
}

// Wherever in its answer the server repeats secrets, none gets into the error.
func TestFailure_echo(t *testing.T) {
	t.Parallel()
	type text map[string]any
	for name, write := range map[string]func(w http.ResponseWriter, said string){
		"message": func(w http.ResponseWriter, said string) { message(w, 500, text{"message": said}) },
		"message beside odd fields": func(w http.ResponseWriter, said string) {
			message(w, 500, text{"message": said, "errors": said})
		},
		"message in JSON":    func(w http.ResponseWriter, said string) { message(w, 500, text{"message": fmt.Sprintf("%q", said)}) },
		"message in a query": func(w http.ResponseWriter, said string) { message(w, 500, text{"message": url.QueryEscape(said)}) },
		"two factors": func(w http.ResponseWriter, said string) {
			w.Header().Set("X-Github-Otp", "required; "+oldToken)
			message(w, 401, text{"message": said})
		},
		"rate limit": func(w http.ResponseWriter, said string) {
			w.Header().Set("X-Ratelimit-Remaining", "0")
			message(w, 403, text{"message": said})
		},
		"fields": func(w http.ResponseWriter, said string) {
			message(w, 422, text{"message": "no", "errors": []text{{"resource": said, "field": said, "code": said}, {"message": said}}})
		},
		"fields as text": func(w http.ResponseWriter, said string) { message(w, 422, text{"errors": []string{said}}) },
		"plain":          func(w http.ResponseWriter, said string) { http.Error(w, said, 500) },
		"request ID": func(w http.ResponseWriter, _ string) {
			w.Header().Set("X-Github-Request-Id", oldToken+" correct-horse")
			message(w, 500, text{})
		},
		"redirect": func(w http.ResponseWriter, said string) {
			w.Header().Set("Location", "http://correct-horse."+oldToken+".example.com/"+oldToken+"?"+url.QueryEscape(said))
			w.WriteHeader(302)
		},
		"redirect that cannot be read": func(w http.ResponseWriter, _ string) {
			w.Header().Set("Location", "http://"+oldToken+".example.com:correct-horse")
			w.WriteHeader(307)
		},
		"wrong types":  func(w http.ResponseWriter, said string) { message(w, 200, text{"id": said, "token": []string{said}}) },
		"wrong time":   func(w http.ResponseWriter, said string) { message(w, 200, text{"id": 1, "created_at": said}) },
		"not JSON":     func(w http.ResponseWriter, said string) { reply(200, said)(w, nil) },
		"another kind": func(w http.ResponseWriter, said string) { message(w, 200, text{"id": 2, "note": said}) },
		"not HTTP": func(w http.ResponseWriter, said string) {
			hijack(w, strings.ReplaceAll(said, "\r\n", " ")+"\r\n\r\n")
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
			_, err := c.GetAuthorization(t.Context(), 1)
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

// hijack answers with text as it is.
func hijack(w http.ResponseWriter, text string) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_, _ = conn.Write([]byte(text))
		_ = conn.Close()
	}
}

// Secrets are masked before the text is cut and its white space collapsed, so
// that no part of one is left at the end, or on both sides of a line break.
func TestFailure_cut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ said, want string }{
		"straddles the end": {strings.Repeat("x", 490) + "battery staple\n and more", strings.Repeat("x", 490) + "*** and mo…"},
		"line break":        {"not battery staple\n!", "not ***!"},
		"named":             {`{"password": "` + strings.Repeat("y", 600) + `"}`, `{"password": "***"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := serve(t, nothing(func(w http.ResponseWriter, _ *http.Request) { message(w, 500, map[string]string{"message": test.said}) }))
			_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{ClientSecret: "battery staple\n"})
			wantError(t, err, "POST PREFIX/authorizations: 500 Internal Server Error: "+test.want+`: an authorization with note "" may be left on the server`)
		})
	}
}

// What a refusal means is told by the server's own words, whatever the password.
func TestFailure_meaning(t *testing.T) {
	t.Parallel()
	const said = "This API can only be accessed with username and password Basic Auth"
	server := httptest.NewServer(reply(403, `{"message":"`+said+`"}`))
	t.Cleanup(server.Close)
	base := apiRoot(t, server.URL+"/api/v3")
	var secrets redact.Secrets
	c := NewClient(Config{Connection: Connection{BaseURL: base, Username: "octocat", Password: "password", RoundTripper: http.DefaultTransport, Secrets: &secrets}})
	_, err := c.GetGrant(t.Context(), 1)
	wantIs(t, err, ErrTokenAuth)
	wantError(t, err, "GET /api/v3/applications/grants/1: 403 Forbidden: This API can only be accessed with username and *** Basic Auth")
	if got := secrets.Redact("password"); got != "***" {
		t.Errorf("the given secrets do not know the password: %q", got)
	}
}

// Whatever else is in an answer, a token in it is known from then on.
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
