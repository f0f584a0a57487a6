package provider

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// injectAt puts f in the way of the deletions of these authorizations.
func (i *instance) injectAt(f fault, ids ...string) {
	i.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete && slices.Contains(ids, path.Base(r.URL.Path)) {
			f(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// An error about one authorization does not stop the others. An error that others would
// share stops the action at once. In both cases the error says which authorizations
// were revoked and which were not.
func TestRevocation_failures(t *testing.T) {
	t.Parallel()
	forbidden := respond(http.StatusForbidden, `{"message":"Not this one"}`)
	failing := respond(http.StatusInternalServerError, `{"message":"Server Error"}`)
	notFound := respond(http.StatusNotFound, `{"message":"Not Found"}`)
	for name, test := range map[string]struct {
		fault   fault
		at      []string
		deletes int // requests
		left    string
		want    []string // of the error; without any there is none
		summary string
	}{
		"one is forbidden": {
			forbidden, []string{"2"}, 6, "2", []string{"Unable to revoke 1 of 6 authorizations", "Revoked: 1, 3, 4, 5, 6\nNot revoked: 2, DELETE /api/v3/authorizations/2: 403 Forbidden: \"Not this one\"", "Run the action again to revoke the remaining ones.\n\nThe request was about authorization 2 of user"},
			"Revoked: 5, already revoked: 0, failed: 1, not attempted: 0",
		},
		"the last is forbidden": {
			forbidden, []string{"6"}, 6, "6", []string{"Revoked: 1, 2, 3, 4, 5\nNot revoked: 6, DELETE"},
			"Revoked: 5, already revoked: 0, failed: 1, not attempted: 0",
		},
		"one fails whatever is done": {
			failing, []string{"2"}, 10, "2", []string{"Revoked: 1, 3, 4, 5, 6\nPossibly revoked: 2, DELETE /api/v3/authorizations/2: 500 Internal Server Error: \"Server Error\", after 5 attempts"},
			"Revoked: 5, already revoked: 0, failed: 1, not attempted: 0",
		},
		"one fails at first": {first(failing), []string{"2"}, 7, "", nil, "Revoked: 6, already revoked: 0, failed: 0, not attempted: 0"},
		"an answer is lost":  {first(acted(reset)), []string{"2"}, 7, "", nil, "Revoked: 5, already revoked: 1, failed: 0, not attempted: 0"},
		"two are gone": {
			acted(notFound), []string{"1", "3"}, 6, "", nil, "Revoked: 4, already revoked: 2, failed: 0, not attempted: 0",
		},
		"some fail, not in a row": {
			forbidden, []string{"1", "2", "4", "5"}, 6, "1 2 4 5", []string{"Unable to revoke 4 of 6 authorizations", "Revoked: 3, 6\nNot revoked: 1, DELETE", "\nNot revoked: 5, DELETE"},
			"Revoked: 2, already revoked: 0, failed: 4, not attempted: 0",
		},
		"three fail in a row": {
			forbidden, []string{"2", "3", "4"}, 4, "2 3 4 5 6", []string{"Unable to revoke 5 of 6 authorizations", "Revoked: 1\nNot revoked: 2", "\nNot attempted: 5, 6\n\n"},
			"Revoked: 1, already revoked: 0, failed: 3, not attempted: 2",
		},
		"the password is refused": {
			respond(http.StatusUnauthorized, `{"message":"Bad credentials"}`), []string{"3"}, 3, "3 4 5 6",
			[]string{"Revoked: 1, 2\nNot revoked: 3, DELETE", "401 Unauthorized: \"Bad credentials\"\nNot attempted: 4, 5, 6", "Invalid username or password"},
			"Revoked: 2, already revoked: 0, failed: 1, not attempted: 3",
		},
		"the account is locked": {
			respond(http.StatusForbidden, `{"message":"Maximum number of login attempts exceeded. Please try again later."}`), []string{"3"}, 3, "3 4 5 6",
			[]string{"Not revoked: 3, DELETE", "Not attempted: 4, 5, 6", "the server has locked the account"},
			"Revoked: 2, already revoked: 0, failed: 1, not attempted: 3",
		},
		"a limit": {
			retryAfter(3600, respond(http.StatusTooManyRequests, `{"message":"API rate limit exceeded"}`)), []string{"3"}, 3, "3 4 5 6",
			[]string{"Revoked: 1, 2\nNot revoked: 3", "Not attempted: 4, 5, 6", "the server asks to wait until ", "Run again after the time"},
			"Revoked: 2, already revoked: 0, failed: 1, not attempted: 3",
		},
		"no API any more": {
			respond(http.StatusGone, `{"message":"Gone"}`), []string{"3"}, 3, "3 4 5 6", []string{"Not revoked: 3", "410 Gone", "Not attempted: 4, 5, 6"},
			"Revoked: 2, already revoked: 0, failed: 1, not attempted: 3",
		},
		"it is not found, and still there": {
			notFound, []string{"2"}, 6, "2", []string{"Not revoked: 2, DELETE", "404 Not Found: \"Not Found\": the server refused the deletion with a 404, but still has the object"},
			"Revoked: 5, already revoked: 0, failed: 1, not attempted: 0",
		},
		"a web page": {
			respondAs("text/html", http.StatusForbidden, "<h1>Sign in</h1>"), []string{"3"}, 3, "3 4 5 6",
			[]string{"Not revoked: 3", "Not attempted: 4, 5, 6", "The response is not from the API"},
			"Revoked: 2, already revoked: 0, failed: 1, not attempted: 3",
		},
		"a web page that is not found": {
			respondAs("text/html", http.StatusNotFound, "<h1>Not found</h1>"), []string{"3"}, 3, "3 4 5 6",
			[]string{"Not revoked: 3", "Not attempted: 4, 5, 6"},
			"Revoked: 2, already revoked: 0, failed: 1, not attempted: 3",
		},
		"no connection": {
			reset, []string{"3"}, 7, "3 4 5 6", []string{"Revoked: 1, 2\nPossibly revoked: 3", "Not attempted: 4, 5, 6"},
			"Revoked: 2, already revoked: 0, failed: 1, not attempted: 3",
		},
		"a word that is not documented": {
			respond(http.StatusOK, `{}`), []string{"6"}, 6, "6", []string{"Possibly revoked: 6", "unexpected status"},
			"Revoked: 5, already revoked: 0, failed: 1, not attempted: 0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			for range 6 {
				sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID})
			}
			sim.injectAt(test.fault, test.at...)
			got := newProtocol(t, sim.url, withBackoff(time.Millisecond)).invoke(t, revokeAuthorizations, argumentValues{"client_id": testClientID})
			contains(t, got.text(), test.want...)
			if n := got.count(tfprotov6.DiagnosticSeverityError); n != min(1, len(test.want)) || len(got.diags) != n {
				t.Errorf("told %q", got.text())
			}
			if last := got.messages[len(got.messages)-1]; last != test.summary {
				t.Errorf("summary %q, want %q", last, test.summary)
			}
			if n, _ := sim.count("DELETE "); n != test.deletes {
				t.Errorf("%d deletions, want %d", n, test.deletes)
			}
			if left := strings.Join(ownIDs(sim), " "); left != test.left {
				t.Errorf("left %q, want %q", left, test.left)
			}
		})
	}
}

// The action reports each authorization before it revokes it, and before it reports the
// next one.
func TestRevocation_order(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for range 3 {
		sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID})
	}
	s := newProtocol(t, sim.url)
	stream, err := s.actions(t).InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{
		ActionType: revokeAuthorizations, Config: s.arguments(t, revokeAuthorizations, argumentValues{"client_id": testClientID}),
	})
	if err != nil {
		t.Fatal(err)
	}
	before := 0
	for event := range stream.Events {
		progress, ok := event.Type.(tfprotov6.ProgressInvokeActionEventType)
		if !ok || !strings.HasPrefix(progress.Message, "Revoking ") {
			continue
		}
		before++
		// The last reported one may be deleted by now, but none after it.
		left := ownIDs(sim)
		for id := 1; id <= 3; id++ {
			if there := slices.Contains(left, strconv.Itoa(id)); there != (id > before) && id != before {
				t.Errorf("at %q left are %q", progress.Message, left)
			}
		}
	}
	if before != 3 {
		t.Errorf("told of %d", before)
	}
}

// An interrupted action stops at once. It names the request under way and the IDs that
// it did not attempt.
func TestRevocation_interrupted(t *testing.T) {
	t.Parallel()
	for name, acts := range map[string]bool{"before the server acts": false, "after it has": true} {
		for _, way := range []string{"the call", "the provider"} {
			t.Run(way+" "+name, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				for range 4 {
					sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID})
				}
				s := newProtocol(t, sim.url)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				sim.injectAt(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					if acts {
						next.ServeHTTP(discardResponse{w}, r)
					}
					if way == "the call" {
						cancel()
					} else if _, err := s.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
						t.Error(err)
					}
					<-r.Context().Done()
				}, "2")
				got := s.invokeIn(ctx, t, revokeAuthorizations, argumentValues{"client_id": testClientID})
				contains(t, got.text(), "ERROR: Unable to revoke 3 of 4 authorizations", "Revoked: 1\nPossibly revoked: 2, the run was interrupted before the server responded\nNot attempted: 3, 4")
				if last := got.messages[len(got.messages)-1]; !strings.HasPrefix(last, "Revoking authorization 2 (") {
					t.Errorf("last told %q", last)
				}
				if n, _ := sim.count("DELETE "); n != 2 {
					t.Errorf("%d deletions", n)
				}
				if left := len(ownIDs(sim)); left != map[bool]int{false: 3, true: 2}[acts] {
					t.Errorf("%d left", left)
				}
			})
		}
	}
}

// discardResponse keeps a response from the client.
type discardResponse struct{ http.ResponseWriter }

func (discardResponse) WriteHeader(int)             {}
func (discardResponse) Write(p []byte) (int, error) { return len(p), nil }

// A list of several pages is read completely before anything is revoked. Otherwise
// items that move forward would be missed.
func TestRevocation_pages(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for i := range 250 {
		sim.AddAuthorization(ghessim.Authorization{Note: new("ci " + strconv.Itoa(i))})
	}
	got := newProtocol(t, sim.url).invoke(t, revokeAuthorizations, argumentValues{"note_prefix": "ci "})
	contains(t, got.text(), "Revoked: 250, already revoked: 0, failed: 0, not attempted: 0")
	none(t, sim)
}

// If the list cannot be read, nothing is revoked.
func TestRevocation_unlisted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault fault
		want  string
	}{
		"no API":         {withoutAPI, "does not offer"},
		"wrong password": {respond(http.StatusUnauthorized, `{"message":"Bad credentials"}`), "Invalid username or password"},
		"half a list":    {cutShort, "Unable to read the authorizations to revoke"},
		"no ID":          {changed(`"id":1,`, `"id":0,`), "without a valid ID"},
		"a wrong time":   {changed(`"created_at":"`, `"created_at":"at `), "Unable to read the authorizations to revoke"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.AddAuthorization(ghessim.Authorization{Note: new("ci")})
			sim.inject(map[string]fault{http.MethodGet: test.fault})
			got := newProtocol(t, sim.url, withBackoff(time.Millisecond)).invoke(t, revokeAuthorizations, argumentValues{"note_prefix": "ci"})
			contains(t, got.text(), "ERROR: Unable to read the authorizations to revoke", test.want)
			onlyReads(t, sim)
		})
	}
}
