package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func twenty(base, password string) string {
	return requiredProviders + fmt.Sprintf("provider \"ghes\" {\nbase_url = %q\nusername = %q\npassword = %q\n}\n", base, testUser, password) + configOfMany(20)
}

// configOfMany returns a configuration of n authorizations.
func configOfMany(n int) string {
	return fmt.Sprintf("resource \"ghes_authorization\" \"test\" {\n  count = %d\n  note  = \"ci ${count.index}\"\n}\n", n)
}

// metaOr responds to /meta with meta, and to all other requests with status and body.
func metaOr(meta string, status int, body string) func(*instance) {
	return func(sim *instance) {
		sim.Intercept(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "application/json")
			if strings.HasSuffix(r.URL.Path, "/meta") {
				fmt.Fprint(w, meta)
				return
			}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
	}
}

// Repeats of a wrong password lock the account, so the first refusal is the
// last request of the run, for creates and for reads.
func TestCredentials_wrongPassword(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, twenty(sim.url, "wrong-password"))
	output := w.must(1, "apply", "-auto-approve", "-parallelism=20")
	contains(t, output, "Error: Unable to create authorization", "401 Unauthorized: \"Bad credentials\"",
		"Invalid username or password", "GHES_PASSWORD", "Request ID: ")
	if n := strings.Count(output, "Error: Unable to create authorization"); n != 20 {
		t.Errorf("%d errors, want one for each of the 20", n)
	}
	if strings.Contains(output, "wrong-password") {
		t.Error("the password is printed")
	}
	if err := sim.checkSent("POST /api/v3/authorizations"); err != nil {
		t.Error(err)
	}

	w.write("main.tf", twenty(sim.url, testPassword))
	w.must(0, "apply", "-auto-approve")
	sim.forget()
	w.write("main.tf", twenty(sim.url, "wrong-password"))
	contains(t, w.must(1, "plan", "-parallelism=20"), "Error: Unable to read authorization")
	if n := len(sim.sent()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// Each refusal names its kind and the remedy. None is tried twice.
func TestCredentials_refused(t *testing.T) {
	t.Parallel()
	answers := func(status int, contentType, body string) func(*instance) {
		return func(sim *instance) {
			sim.Intercept(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
				w.Header().Set("Content-Type", contentType)
				w.Header().Set("Location", "https://elsewhere.example.com/login?secret=1")
				w.WriteHeader(status)
				fmt.Fprint(w, body)
			})
		}
	}
	for name, test := range map[string]struct {
		options  func(*ghessim.Options)
		prepare  func(*instance)
		want     []string
		requests int
	}{
		"a token": {
			prepare: answers(http.StatusForbidden, "application/json", `{"message":"This API can only be accessed with username and password Basic Auth"}`),
			want:    []string{"403 Forbidden: \"This API can only be accessed", "The password is a token"}, requests: 1,
		},
		"two factors": {
			options: func(o *ghessim.Options) {
				o.Users[0].VerifyOTP = func(string, time.Time) bool { return false }
			},
			want: []string{"401 Unauthorized: \"Must specify two-factor authentication OTP code", "The user has two-factor authentication", "totp_secret"}, requests: 1,
		},
		"locked out": {
			prepare: answers(http.StatusForbidden, "application/json", `{"message":"Maximum number of login attempts exceeded. Please try again later."}`),
			want:    []string{"Maximum number of login attempts", "for some minutes"}, requests: 1,
		},
		"forbidden": {
			prepare: answers(http.StatusForbidden, "application/json", `{"message":"Suspended"}`),
			want:    []string{"403 Forbidden: \"Suspended\""}, requests: 21, // once it is asked what it is
		},
		"a web page": {
			prepare: answers(http.StatusForbidden, "text/html", `<p>Cookies must be enabled</p>`),
			want:    []string{"403 Forbidden: the response is not JSON", "Check that base_url is the address of the server"}, requests: 20,
		},
		"a sign-in page": {
			prepare: answers(http.StatusOK, "text/html", `<p>Sign in</p>`),
			want:    []string{"200 OK", "Check that base_url is the address of the server"}, requests: 20,
		},
		"a redirect": {
			prepare: answers(http.StatusFound, "text/html", ``),
			want:    []string{"302 Found", "redirected: to https://elsewhere.example.com", "The server redirects the request to another address"}, requests: 20,
		},
		"no such API": {
			options: func(o *ghessim.Options) { o.NoAuthorizations = true },
			want:    []string{"404 Not Found", "this server does not offer the OAuth Authorizations API", "The server is GitHub Enterprise Server 3.19.0, but this API is missing or blocked"}, requests: 21,
		},
		"no such API on a private server": {
			options: func(o *ghessim.Options) { o.NoAuthorizations, o.PrivateMode = true, true },
			want:    []string{"this server does not offer", "The server at base_url does not identify itself as a GitHub Enterprise Server"}, requests: 21,
		},
		"no such API with SAML": {
			options: func(o *ghessim.Options) { o.NoAuthorizations, o.ExternalAuth = true, true },
			want:    []string{"this server does not offer", "GitHub Enterprise Server 3.19.0, and its users sign in by SAML or CAS"}, requests: 21,
		},
		"no server of this kind": {
			prepare: answers(http.StatusGone, "application/json", `{"message":"Gone"}`),
			want:    []string{"410 Gone", "this server does not offer", "github.com has not offered this API since November 2020"}, requests: 21,
		},
		"another service": {
			prepare: metaOr(`{"verifiable_password_authentication":false}`, http.StatusNotFound, `{"message":"Not Found"}`),
			want:    []string{"this server does not offer", "The server at base_url is not a GitHub Enterprise Server"}, requests: 21,
		},
		"SAML": {
			prepare: metaOr(`{"verifiable_password_authentication":false,"installed_version":"3.19.0"}`, http.StatusForbidden, `{"message":"Sign in by SAML"}`),
			want:    []string{"403 Forbidden: \"Sign in by SAML\"", "its users sign in by SAML or CAS. It has no passwords"}, requests: 2,
		},
		"SAML, as a wrong password": {
			options: func(o *ghessim.Options) { o.ExternalAuth = true },
			want:    []string{"401 Unauthorized: \"Bad credentials\"", "If the server uses SAML or CAS, it accepts no passwords"}, requests: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t, func(o *ghessim.Options) {
				if test.options != nil {
					test.options(o)
				}
			})
			if test.prepare != nil {
				test.prepare(sim)
			}
			output := newWorkspace(t, twenty(sim.url, testPassword)).must(1, "apply", "-auto-approve", "-parallelism=20")
			contains(t, output, append(test.want, "Error: Unable to create authorization", "POST /api/v3/authorizations: ")...)
			if n := len(sim.sent()); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
			if strings.Contains(output, "secret=1") {
				t.Error("the query of the redirect is printed")
			}
		})
	}
}
