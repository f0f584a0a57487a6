package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// leakFaults are the ways in which a server may return the request, and whether some of
// it is in the output, redacted.
var leakFaults = map[string]struct {
	fault  echo
	masked bool
}{
	"message": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler, said string) {
		respondJSON(w, http.StatusInternalServerError, map[string]any{"message": said})
	}, true},
	"bad credentials": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler, said string) {
		respondJSON(w, http.StatusUnauthorized, map[string]any{"message": "Bad credentials: " + said})
	}, true},
	"fields": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler, said string) {
		respondJSON(w, http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed", "errors": []map[string]string{
			{"resource": "OauthAccess", "code": "custom", "field": "description", "message": said},
			{"resource": said, "code": said, "field": said},
		}})
	}, true},
	"headers": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler, said string) {
		w.Header().Set("X-Github-Request-Id", strings.Join(strings.Fields(said), " "))
		respondJSON(w, http.StatusInternalServerError, map[string]any{"message": url.QueryEscape(said)})
	}, true},
	"redirect": {func(w http.ResponseWriter, r *http.Request, _ http.Handler, said string) {
		to := "https://elsewhere.example.com/"
		if r.Method == http.MethodGet && !strings.HasSuffix(r.URL.Path, "/again") {
			to = "/api/v3/" // is followed
		}
		w.Header().Set("Location", to+url.PathEscape(said)+"/again?"+url.QueryEscape(said))
		w.WriteHeader(http.StatusFound)
	}, false},
	"text": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler, said string) {
		http.Error(w, said, http.StatusInternalServerError)
	}, false},
	"garbage": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler, said string) {
		fmt.Fprint(w, said)
	}, false},
	"wrong types": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler, said string) {
		respondJSON(w, http.StatusCreated, map[string]any{"id": said, "token": []string{said}, "scopes": map[string]string{said: said}})
	}, false},
	"more than was asked for": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler, said string) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return // the CLI does not fail as it should
		}
		fmt.Fprintf(conn, "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}%s", said)
		_ = conn.Close()
	}, false},
	"cut short": {func(w http.ResponseWriter, r *http.Request, next http.Handler, _ string) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		body := answer.Body.String()
		if i := strings.Index(body, `"hashed_token"`); i >= 0 {
			body = body[:i]
		}
		answer.Header().Set("Content-Length", "9999")
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(min(answer.Code, http.StatusCreated)) // a 204 has nothing to cut
		fmt.Fprint(w, body)
	}, false},
}

func respondJSON(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the test fails for another reason
}

// No output, log or file of the CLI contains a secret, except the files that store it
// on purpose.
func TestLeaks(t *testing.T) {
	t.Parallel()
	var total hunted
	t.Cleanup(func() { t.Log(&total) })
	t.Run("success", func(t *testing.T) {
		t.Parallel()
		leakSuccess(t, &total)
	})
	for name, test := range leakFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Tokens of older servers look like hashes: only their values tell.
			h := newHunt(t, oddPassword, func(o *ghessim.Options) { o.Version = "3.1.0" })
			h.workspace.write("main.tf", leakConfig(h.url, oddPassword, "https://ci.example.com/1"))
			outputs := h.run(test.fault, false, 1, "apply", "-auto-approve")
			outputs += h.run(test.fault, true, 1, "plan")
			h.workspace.write("main.tf", leakConfig(h.url, oddPassword, "https://ci.example.com/2"))
			outputs += h.run(test.fault, true, 1, "apply", "-refresh=false", "-auto-approve")
			outputs += h.run(test.fault, true, 1, "destroy", "-refresh=false", "-auto-approve")
			if test.masked != strings.Contains(outputs, "***") {
				t.Errorf("masked is %t in\n%s", !test.masked, outputs)
			}
			total.add(h)
		})
	}
}

// leakRefusals are reasons to refuse a provider block that has the password.
var leakRefusals = map[string]struct {
	password string
	server   func(*ghessim.Options)
	fault    echo
	want     string
}{
	"wrong password": {
		password: oddPassword, want: "401 Unauthorized: \"Bad credentials\"",
		server: func(o *ghessim.Options) { o.Users[0].Password = "another-password" },
	},
	"a token for a password": {
		password: "ghp_notARealTokenNotARealTokenNotARe00000", want: "The password is a token",
		fault: func(w http.ResponseWriter, _ *http.Request, _ http.Handler, said string) {
			respondJSON(w, http.StatusForbidden, map[string]any{"message": "This API can only be accessed with username and password Basic Auth, not " + said})
		},
	},
	"control characters": {password: "not\ta\x01real\npassword", want: "contains a control character"},
	"wrong client secret": {
		password: oddPassword, want: "Invalid OAuth application client_id or secret",
		server: func(o *ghessim.Options) { o.Apps[0].ClientSecret = "another-secret" },
	},
}

func TestLeaks_refused(t *testing.T) {
	t.Parallel()
	var total hunted
	t.Cleanup(func() { t.Log(&total) })
	for name, test := range leakRefusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHunt(t, test.password, func(o *ghessim.Options) {
				if test.server != nil {
					test.server(o)
				}
			})
			h.workspace.write("main.tf", leakConfig(h.url, test.password, "https://ci.example.com/1"))
			contains(t, h.run(test.fault, true, 1, "apply", "-auto-approve"), test.want)
			total.add(h)
		})
	}
}

// leakSuccess creates, changes and destroys everything, with the password from the
// environment.
func leakSuccess(t *testing.T, total *hunted) {
	t.Helper()
	h := newHunt(t, oddPassword)
	w := h.workspace
	w.env = append(w.env, envPassword+"= "+oddPassword+"\n")
	w.write("main.tf", leakConfig(h.url, "", "https://ci.example.com/1"))
	h.run(nil, false, 0, "apply", "-auto-approve")
	w.write("main.tf", leakConfig(h.url, "", "https://ci.example.com/2"))
	h.run(nil, false, 0, "plan", "-out=saved.plan")
	h.run(nil, false, 0, "apply", "saved.plan")
	h.run(nil, false, 0, "destroy", "-auto-approve")
	total.add(h)
}
