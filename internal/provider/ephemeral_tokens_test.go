package provider

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// interrupt starts an apply, and interrupts it that many times after ready has
// returned. It returns the errors in the CLI's log.
func (w *workspace) interrupt(times int, ready func()) string {
	w.t.Helper()
	w.env = append(w.env, "TF_LOG=ERROR", "TF_LOG_PATH="+filepath.Join(w.dir, "log"))
	command := w.command("apply", "-auto-approve")
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	ready()
	for range times {
		if err := command.Process.Signal(os.Interrupt); err != nil {
			w.t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond) // two signals at once may be one
	}
	if err := command.Wait(); err == nil {
		w.t.Error("the interrupted apply succeeds")
	}
	return w.read("log")
}

// The CLI does not close an ephemeral token after Ctrl-C, or if a resource that
// uses it fails. The provider revokes the token when the CLI stops it.
func TestEphemeralTokens_stopped(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	const working = "touch begun; sleep 60"

	t.Run("failing apply", func(t *testing.T) {
		t.Parallel()
		sim := newInstance(t)
		newBinaryWorkspace(t, once(sim, "", "false")).must(1, "apply", "-auto-approve")
		if err := sim.checkSent("POST /api/v3/authorizations", "DELETE /api/v3/authorizations/1", "POST /api/v3/authorizations", "DELETE /api/v3/authorizations/2"); err != nil {
			t.Error(err)
		}
		none(t, sim)
	})
	t.Run("interrupted apply", func(t *testing.T) {
		t.Parallel()
		sim := newInstance(t)
		config := strings.ReplaceAll(once(sim, "count = 5", working), "ghes_authorization.test.", "ghes_authorization.test[4].")
		w := newBinaryWorkspace(t, config)
		w.interrupt(1, func() {
			w.waitForProvisioner()
			if n := len(sim.Authorizations()); n != 5 {
				t.Errorf("%d open, want 5", n)
			}
		})
		none(t, sim)
	})
	// After one interrupt the CLI waits for the response. After two it stops the
	// provider at once.
	for times, latency := range map[int]time.Duration{1: 2500 * time.Millisecond, 2: 1200 * time.Millisecond} {
		t.Run(fmt.Sprintf("interrupted while opening, %d", times), func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			created := make(chan bool)
			var creates atomic.Int64
			sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				next.ServeHTTP(w, r)
				if r.Method == http.MethodPost && creates.Add(1) == 2 { // the first is the plan's
					close(created)
					time.Sleep(latency)
				}
			})
			newBinaryWorkspace(t, once(sim, "", working)).interrupt(times, func() { <-created })
			none(t, sim)
		})
	}
	t.Run("interrupted, and not revocable", func(t *testing.T) {
		t.Parallel()
		sim := newInstance(t)
		w := newBinaryWorkspace(t, once(sim, "", working))
		log := w.interrupt(1, func() {
			w.waitForProvisioner()
			sim.Intercept(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
				http.Error(w, "", http.StatusBadGateway)
			})
		})
		a := sim.Authorizations()[0]
		contains(t, log, fmt.Sprintf("[ERROR] authorization %d with note %q may be left on the server: DELETE /api/v3/authorizations/%[1]d: 502 Bad Gateway", a.ID, *a.Note))
	})
}

// RevokeAll waits for a create that has not returned, until its context ends.
func TestEphemeralTokens_RevokeAll(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		latency time.Duration // of the response to the third create
		fails   bool          // whether authorization 1 cannot be deleted
		left    []string
	}{
		"all at once":          {},
		"one is being created": {latency: 300 * time.Millisecond},
		"one cannot be":        {fails: true, left: []string{`authorization 1 with note "one" may be left on the server: DELETE /api/v3/authorizations/1: 500`}},
		"one takes too long":   {latency: 3 * time.Second, left: []string{`an authorization with note "three" may be left on the server: context deadline exceeded`}},
		"both": {latency: 3 * time.Second, fails: true, left: []string{
			`an authorization with note "three" may be left on the server: context deadline exceeded`,
			`authorization 1 with note "one" may be left on the server: DELETE /api/v3/authorizations/1: 500`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			client := sim.client(t)
			created := make(chan bool)
			sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == http.MethodDelete {
					time.Sleep(400 * time.Millisecond) // so that three in sequence take too long
					if test.fails && strings.HasSuffix(r.URL.Path, "/1") {
						http.Error(w, "{}", http.StatusInternalServerError)
						return
					}
				}
				next.ServeHTTP(w, r)
				if len(sim.Requests()) == 3 {
					close(created)
					time.Sleep(test.latency)
				}
			})
			var tokens EphemeralTokens
			create := func(note string) {
				tokens.create(t.Context(), client, ghes.AuthorizationRequest{Note: note}, &diag.Diagnostics{})
			}
			create("one")
			create("two")
			go create("three")
			<-created
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := tokens.RevokeAll(ctx)
			got := []string{}
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			slices.Sort(got)
			if len(got) != len(test.left) {
				t.Fatalf("left %q, want %q", got, test.left)
			}
			for i, want := range test.left {
				contains(t, got[i], want)
			}
			if n := len(sim.Authorizations()); n != len(test.left) {
				t.Errorf("%d left, want %d", n, len(test.left))
			}
		})
	}
}

// A token is revoked even if the run is interrupted in the meantime.
func TestEphemeralTokens_cancelled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		interrupted string // the method of the request that is interrupted
		lost        bool   // whether the response to the create is lost
	}{
		"create":       {interrupted: http.MethodPost},
		"create, lost": {interrupted: http.MethodPost, lost: true},
		"delete":       {interrupted: http.MethodDelete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			client := sim.client(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == test.interrupted {
					cancel()
				}
				if r.Method == http.MethodPost && test.lost {
					acted(dropped)(w, r, next)
				}
				next.ServeHTTP(w, r)
			})
			var tokens EphemeralTokens
			var diags diag.Diagnostics
			a := tokens.create(ctx, client, ghes.AuthorizationRequest{Note: "one"}, &diags)
			if interrupted := test.interrupted == http.MethodPost; diags.HasError() != interrupted || (a == nil) != interrupted {
				t.Fatalf("created %v, %v", a, diags)
			}
			if a != nil {
				if diags := tokens.revoke(ctx, client, a.ID); diags.HasError() {
					t.Error(diags)
				}
			}
			none(t, sim)
			sim.forget()
			if err := tokens.RevokeAll(t.Context()); err != nil || len(sim.Requests()) != 0 {
				t.Errorf("RevokeAll sends %q (%v) although no token is left", sim.sent(), err)
			}
		})
	}
}

// RevokeAll sends no request for a token that the server refused to create.
func TestEphemeralTokens_refused(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	client := sim.client(t)
	arrived := make(chan bool)
	sim.inject(map[string]fault{http.MethodPost: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		close(arrived)
		time.Sleep(200 * time.Millisecond)
		respond(http.StatusUnprocessableEntity, `{"message":"Validation Failed"}`)(w, r, next)
	}})
	var tokens EphemeralTokens
	go tokens.create(t.Context(), client, ghes.AuthorizationRequest{Note: "one"}, &diag.Diagnostics{})
	<-arrived
	if err := tokens.RevokeAll(t.Context()); err != nil {
		t.Error(err)
	}
	if err := sim.checkSent("POST /api/v3/authorizations"); err != nil {
		t.Error(err)
	}
}

// A token that another process created is revoked by its ID.
func TestEphemeralTokens_unknown(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{ID: 5, Note: new("terraform-abcdefghijkl")})
	var tokens EphemeralTokens
	if diags := tokens.revoke(t.Context(), sim.client(t), 5); diags.HasError() {
		t.Error(diags)
	}
	none(t, sim)
}

// Once RevokeAll was called, no token is created that nothing would revoke.
func TestEphemeralTokens_stopping(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	var tokens EphemeralTokens
	if err := tokens.RevokeAll(t.Context()); err != nil {
		t.Error(err)
	}
	var diags diag.Diagnostics
	a := tokens.create(t.Context(), sim.client(t), ghes.AuthorizationRequest{Note: "one"}, &diags)
	if a != nil || !diags.HasError() || diags[0].Summary() != "Unable to open ephemeral authorization" {
		t.Errorf("created %v, %v", a, diags)
	}
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
}

// client returns a client of the instance.
func (i *instance) client(t *testing.T) *ghes.Client {
	t.Helper()
	address, err := parseBaseURL(i.url, false)
	if err != nil {
		t.Fatal(err)
	}
	return ghes.NewClient(ghes.Config{Connection: ghes.Connection{
		BaseURL: address, Username: testUser, Password: testPassword, UserAgent: "test", RoundTripper: http.DefaultTransport,
	}})
}
