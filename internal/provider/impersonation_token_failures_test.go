package provider

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// lostFaults are the known faults after which nobody can tell what the server has done.
var lostFaults = []string{"reset", "reset, acted", "dropped", "dropped, acted", "HTML 502", "HTML 502, acted", "500", "500, acted", "later than the client's limit"}

// After a lost response the provider sends nothing more, and the error names the token that
// may be left. If a readable status says that the server has created a token, the provider
// deletes it.
func TestImpersonationToken_faults(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, known := range knownFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newAdminInstance(t)
			sim.inject(map[string]fault{http.MethodPost: known.fault})
			w := newWorkspace(t, strings.Replace(sim.adminConfig(acting("", "true")), "admin_token", "request_timeout = \"1s\"\n  max_wait = \"5s\"\n  admin_token", 1))
			code, want, sent, left := 1, []string{"Error: Unable to create impersonation token"}, []string{impersonate, stopActing}, 0
			switch {
			case slices.Contains(lostFaults, name):
				sent = []string{impersonate}
				want = append(want, `an impersonation token of user "hubot" may be left on the server`,
					`curl --request DELETE --header "Authorization: token $GHES_ADMIN_TOKEN" '`+sim.url+"/api/v3/admin/users/hubot/authorizations'")
				if known.acts {
					left = 1
				}
			case strings.HasSuffix(name, ", then fine"):
				code, want, sent = 0, nil, []string{impersonate, impersonate, stopActing}
			case name == "429 for an hour":
				sent = []string{impersonate}
			}
			contains(t, w.must(code, "plan"), want...)
			time.Sleep(time.Duration(left) * 700 * time.Millisecond) // one fault acts late
			if err := sim.checkSent(sent...); err != nil {
				t.Error(err)
			}
			if n := len(sim.impersonations()); n != left {
				t.Errorf("%d left, want %d", n, left)
			}
		})
	}
}

func TestImpersonationToken_openFails(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	noToken := changed(`"token":"gho_`, `"token":"","was":"`)
	for name, test := range map[string]struct {
		faults map[string]fault
		want   []string
		sent   []string
		left   int
	}{
		"scopes refused": {
			faults: map[string]fault{http.MethodPost: respond(http.StatusUnprocessableEntity, `{"message":"Validation Failed","errors":[{"field":"scopes","code":"invalid"}]}`)},
			want:   []string{`scopes = ["repo"] The request was about the impersonation token of user "hubot" on `, `POST /api/v3/admin/users/hubot/authorizations: 422 Unprocessable Entity: "Validation Failed": scopes: invalid`}, sent: []string{impersonate},
		},
		"no token": {
			faults: map[string]fault{http.MethodPost: noToken},
			want:   []string{`The server created the impersonation token of user "hubot", but its response did not contain the token.`}, sent: []string{impersonate, stopActing},
		},
		"no token, not revocable": {
			faults: map[string]fault{http.MethodPost: noToken, http.MethodDelete: respond(http.StatusInternalServerError, "{}")},
			want: []string{"did not contain the token", "Error: Unable to revoke impersonation token", "500 Internal Server Error, after 5 attempts",
				`The impersonation token of user "hubot" may still be valid.`, "curl --request DELETE"},
			sent: append(times(5, stopActing), impersonate), left: 1,
		},
		"existing, unreadable": {
			faults: map[string]fault{http.MethodPost: respond(http.StatusOK, `]`)},
			want:   []string{"the response is cut short or not valid JSON"}, sent: []string{impersonate},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newAdminInstance(t)
			sim.inject(test.faults)
			contains(t, newWorkspace(t, sim.adminConfig(acting("", "true"))).must(1, "plan"), test.want...)
			if err := sim.checkSent(test.sent...); err != nil {
				t.Error(err)
			}
			if n := len(sim.impersonations()); n != test.left {
				t.Errorf("%d left, want %d", n, test.left)
			}
		})
	}
}

func TestImpersonationToken_closeFails(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, test := range map[string]struct {
		fault fault
		code  int
		want  []string
	}{
		"deleted elsewhere": {fault: acted(func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) })},
		"not possible": {respond(http.StatusInternalServerError, "{}"), 1, []string{
			"Error: Unable to revoke impersonation token", `The impersonation token of user "hubot" may still be valid.`, "curl --request DELETE",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newAdminInstance(t)
			sim.inject(map[string]fault{http.MethodDelete: test.fault})
			contains(t, newWorkspace(t, sim.adminConfig(acting("", "true"))).must(test.code, "plan"), test.want...)
		})
	}
}

// After a lost response the run creates no other token.
func TestImpersonationToken_lostOnce(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newAdminInstance(t)
	sim.inject(map[string]fault{http.MethodPost: acted(dropped)})
	output := newWorkspace(t, sim.adminConfig(`
ephemeral "ghes_impersonation_token" "test" {
  count    = 3
  username = "hubot"
  scopes   = []
}
`)).must(1, "plan")
	contains(t, output, "not sent, because the response to an earlier create was lost")
	if strings.Contains(output, "already exists") {
		t.Errorf("the token is told as somebody else's:\n%s", output)
	}
	if err := sim.checkSent(impersonate); err != nil {
		t.Error(err)
	}
}

// Ephemeral resources of one run that name the same user share its token only with
// share_existing, and the last one revokes it.
func TestImpersonationToken_twice(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	config := func(arguments string) string {
		return `
ephemeral "ghes_impersonation_token" "first" {
  username = "hubot"
  scopes   = ["repo"]
}
ephemeral "ghes_impersonation_token" "second" {
  depends_on = [ephemeral.ghes_impersonation_token.first]
  username   = "Hubot"
  scopes     = ["repo"]
  ` + arguments + `
}
resource "terraform_data" "user" {
  provisioner "local-exec" {
    command     = "test \"$FIRST\" = \"$SECOND\" && test -n \"$FIRST\""
    environment = {
      FIRST  = ephemeral.ghes_impersonation_token.first.token
      SECOND = ephemeral.ghes_impersonation_token.second.token
    }
  }
}
`
	}
	t.Run("not shared", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		w := newBinaryWorkspace(t, sim.adminConfig(config("")))
		contains(t, w.must(1, "plan"), "Error: Impersonation token already exists",
			`Another ephemeral resource of this run has created the impersonation token of user "hubot".`, "share_existing = true")
		noImpersonation(t, sim)
	})
	t.Run("shared", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		newWorkspace(t, sim.adminConfig(config("share_existing = true"))).must(0, "apply", "-auto-approve")
		if err := sim.checkSent(impersonate, stopActing, impersonate, stopActing); err != nil {
			t.Error(err)
		}
		noImpersonation(t, sim)
	})
}

// impersonation returns the token of hubot for a test that opens and closes it itself.
func (i *adminInstance) impersonation(t *testing.T, tokens *EphemeralTokens) *impersonationToken {
	t.Helper()
	address, err := parseBaseURL(i.url, false)
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(nil, time.Now, tokens, "", account{})
	s.admin = ghes.NewClient(ghes.Config{Connection: ghes.Connection{BaseURL: address, Token: i.token, UserAgent: "test", RoundTripper: http.DefaultTransport}})
	return s.impersonation("hubot")
}

// The token stays valid until the last ephemeral resource that uses it is closed.
func TestImpersonationToken_users(t *testing.T) {
	t.Parallel()
	sim := newAdminInstance(t)
	tokens := &EphemeralTokens{}
	token := sim.impersonation(t, tokens)
	var diags diag.Diagnostics
	for range 3 {
		token.open(t.Context(), tokens, nil, true, &diags)
	}
	for left := 2; left >= 0; left-- {
		diags.Append(token.close(t.Context(), tokens)...)
		if isValid := len(sim.impersonations()) == 1; isValid != (left > 0) {
			t.Errorf("with %d users left the token is valid: %t", left, isValid)
		}
	}
	if a, isOwn := token.open(t.Context(), tokens, nil, false, &diags); a == nil || !isOwn || diags.HasError() {
		t.Errorf("opened again: %v, %v", a, diags)
	}
	if err := tokens.RevokeAll(t.Context()); err != nil || len(sim.impersonations()) != 0 {
		t.Errorf("RevokeAll: %v", err)
	}
	if a, _ := token.open(t.Context(), tokens, nil, true, &diags); a != nil || !diags.HasError() {
		t.Errorf("opened after the end of the run: %v", a)
	}
}

// The end of the run names a token whose response was lost, and deletes nothing.
func TestImpersonationToken_lostAtEnd(t *testing.T) {
	t.Parallel()
	sim := newAdminInstance(t)
	sim.inject(map[string]fault{http.MethodPost: acted(dropped)})
	tokens := &EphemeralTokens{}
	token := sim.impersonation(t, tokens)
	var diags diag.Diagnostics
	for range 2 {
		token.open(t.Context(), tokens, nil, false, &diags)
	}
	err := tokens.RevokeAll(t.Context())
	contains(t, fmt.Sprint(err), `the impersonation token of user "hubot" may be left on the server: POST `)
	if err := sim.checkSent(impersonate); err != nil {
		t.Error(err)
	}
}

// A token that is created while the run is interrupted is revoked.
func TestImpersonationToken_cancelled(t *testing.T) {
	t.Parallel()
	for _, interrupted := range []string{http.MethodPost, http.MethodDelete} {
		t.Run(interrupted, func(t *testing.T) {
			t.Parallel()
			sim := newAdminInstance(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == interrupted {
					cancel()
				}
				next.ServeHTTP(w, r)
			})
			tokens := &EphemeralTokens{}
			token := sim.impersonation(t, tokens)
			var diags diag.Diagnostics
			a, _ := token.open(ctx, tokens, nil, false, &diags)
			if isInterrupted := interrupted == http.MethodPost; (a == nil) != isInterrupted || diags.HasError() != isInterrupted {
				t.Errorf("opened %v, %v", a, diags)
			}
			if a != nil {
				if diags := token.close(ctx, tokens); diags.HasError() {
					t.Error(diags)
				}
			}
			noImpersonation(t, sim)
		})
	}
}

// The CLI does not close an ephemeral token after Ctrl-C, or if a resource that uses it fails. The
// provider revokes the token when the CLI stops it, but not one that it shares.
func TestImpersonationToken_stopped(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	const working = "touch begun; sleep 60"
	t.Run("failing apply", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		newBinaryWorkspace(t, sim.adminConfig(acting("", "false"))).must(1, "apply", "-auto-approve")
		if err := sim.checkSent(impersonate, stopActing, impersonate, stopActing); err != nil {
			t.Error(err)
		}
	})
	t.Run("interrupted apply", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		w := newBinaryWorkspace(t, sim.adminConfig(acting("", working)))
		w.interrupt(1, func() {
			w.waitForProvisioner()
			if n := len(sim.impersonations()); n != 1 {
				t.Errorf("%d open, want 1", n)
			}
		})
		noImpersonation(t, sim)
	})
	t.Run("interrupted while opening", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		created := make(chan bool)
		var creates atomic.Int64
		sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(w, r)
			if r.Method == http.MethodPost && creates.Add(1) == 2 { // the first is the plan's
				close(created)
				time.Sleep(2500 * time.Millisecond)
			}
		})
		newBinaryWorkspace(t, sim.adminConfig(acting("", working))).interrupt(1, func() { <-created })
		noImpersonation(t, sim)
	})
	t.Run("not revocable", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		w := newBinaryWorkspace(t, sim.adminConfig(acting("", working)))
		log := w.interrupt(1, func() {
			w.waitForProvisioner()
			sim.inject(map[string]fault{http.MethodDelete: respond(http.StatusBadGateway, "{}")})
		})
		contains(t, log, `[ERROR] the impersonation token of user "hubot" may be left on the server: DELETE /api/v3/admin/users/hubot/authorizations: 502 Bad Gateway`)
	})
}
