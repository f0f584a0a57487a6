package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// sharedRefusal is a way in which a server refuses credentials.
type sharedRefusal struct {
	options   func(*ghessim.Options)
	answer    fault             // instead of the server's
	settings  map[string]string // of the provider block, beside base_url and username
	env       []string
	reference string // how the other errors name the refusal
	want      []string
}

func sharedRefusals() map[string]sharedRefusal {
	needsCode := func(o *ghessim.Options) { o.Users[0].VerifyOTP = func(string, time.Time) bool { return false } }
	const wrong, origin = "made-up-wrong-password", "(base_url from the provider block, username from the provider block, password from the provider block"
	return map[string]sharedRefusal{
		"wrong password": {
			settings: map[string]string{"password": wrong}, reference: "bad credentials",
			want: []string{"401 Unauthorized: \"Bad credentials\"", "Invalid username or password for user", origin + "). Check username and password"},
		},
		"wrong password in the environment": {
			env: []string{"GHES_PASSWORD=" + wrong}, reference: "bad credentials",
			want: []string{"Invalid username or password for user", "password from GHES_PASSWORD). Check username and password"},
		},
		"no code": {
			options: needsCode, settings: map[string]string{"password": testPassword}, reference: "one-time code required",
			want: []string{"The user has two-factor authentication, so every request needs a one-time code", "set totp_secret, or GHES_TOTP_SECRET"},
		},
		"wrong code": {
			options: needsCode, settings: map[string]string{"password": testPassword, "otp": "123456"}, reference: "one-time code required",
			want: []string{"The one-time code from otp, or GHES_OTP, is wrong or has expired"},
		},
		"wrong TOTP secret": {
			options: needsCode, settings: map[string]string{"password": testPassword}, env: []string{"GHES_TOTP_SECRET=" + testSeed}, reference: "one-time code required",
			want: []string{"The server refused the code that the provider computed from totp_secret"},
		},
		"locked account": {
			answer:   respond(http.StatusForbidden, `{"message":"Maximum number of login attempts exceeded. Please try again later."}`),
			settings: map[string]string{"password": testPassword}, reference: "too many failed sign-ins",
			want: []string{"After too many failed sign-ins, the server has locked the account for some minutes", "Check the password, wait, and then run again."},
		},
		"token": {
			answer:   respond(http.StatusForbidden, `{"message":"This API can only be accessed with username and password Basic Auth"}`),
			settings: map[string]string{"password": "ghp_notARealTokenNotARealTokenNotARe00000"}, reference: "a token was given instead of a password",
			want: []string{"The password is a token. This API accepts only the user's own password"},
		},
	}
}

// Of 20 resources one sends a request, and its error explains the refusal. It names the account and
// where it comes from. Each other error refers to it in one line.
func TestCredentials_shared(t *testing.T) {
	t.Parallel()
	for name, test := range sharedRefusals() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t, func(o *ghessim.Options) {
				if test.options != nil {
					test.options(o)
				}
			})
			server := httptest.NewServer(http.StripPrefix("/ghe", sim))
			t.Cleanup(server.Close)
			settings := fmt.Sprintf("base_url = %q\nusername = %q\n", server.URL+"/ghe", testUser)
			config := func(password map[string]string) string {
				lines := settings
				for argument, value := range password {
					lines += fmt.Sprintf("%s = %q\n", argument, value)
				}
				return requiredProviders + "provider \"ghes\" {\n" + lines + "}\n" + configOfMany(20)
			}
			w := newBinaryWorkspace(t, config(test.settings))
			w.env = append(w.env, test.env...)
			if test.answer != nil {
				sim.inject(map[string]fault{http.MethodPost: test.answer})
			}
			output := w.must(1, "apply", "-auto-approve", "-parallelism=20")
			test.want = append(test.want, fmt.Sprintf("user %q on %s/ghe (base_url from ", testUser, strings.TrimPrefix(server.URL, "http://")))
			checkShared(t, output, 20, test.reference, append(test.want, "POST /ghe/api/v3/authorizations: 40",
				"The provider sends no more requests in this run, because repeated failures lock the account.")...)
			if n := len(sim.sent()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}
