package ghes

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// dated is a proxy that writes the Date header by a clock of its own.
func dated(s *lossy, ahead time.Duration) {
	s.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := httptest.NewRecorder()
		s.fault(r.Method)(whole, r, next)
		for key, values := range whole.Header() {
			w.Header()[key] = values
		}
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		w.WriteHeader(whole.Code)
		_, _ = w.Write(whole.Body.Bytes())
	})
}

// An equal authorization of another run is not deleted for the sake of a proxy's
// clock, whichever way that is wrong.
func TestHostile_proxyDate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ ahead, created time.Duration }{
		"hour behind, created between":   {-time.Hour, -30 * time.Minute},
		"minute behind, created between": {-time.Minute, -30 * time.Second},
		"day behind, created long ago":   {-24 * time.Hour, -23 * time.Hour},
		"hour ahead":                     {time.Hour, -30 * time.Minute},
		"right":                          {0, -30 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newLossy(t, 0, Config{})
			dated(s, test.ahead)
			there := s.AddAuthorization(ghessim.Authorization{Note: new("ci"), CreatedAt: time.Now().Add(test.created)})
			if _, err := s.client.ListGrants(t.Context(), ""); err != nil { // shows a date
				t.Fatal(err)
			}
			s.faults[1] = dropped
			a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
			wantLeft(t, err, there.ID)
			if now, ok := s.Authorization(there.ID); a != nil || !ok || now.Token != there.Token {
				t.Errorf("got %+v; the other run's is there: %t", a, ok)
			}
		})
	}
}

// The client's own new authorization is never adopted without its token, whatever
// a proxy's clock says.
func TestHostile_ownLooksOlder(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{3 * time.Second, time.Hour, -3 * time.Second} {
		s := newLossy(t, 0, Config{})
		dated(s, ahead)
		s.faults[1] = acted(always(http.StatusBadGateway, `{}`))
		a, created, err := s.client.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Note: "ci"})
		switch {
		case err != nil:
			wantLeft(t, err, 1)
		case !created:
			t.Errorf("%s: adopted %+v", ahead, a)
		default:
			s.wantOne(t, a, err)
		}
	}
}

// hiding leaves the newest authorization out of so many lists.
func hiding(s *lossy, lists int) {
	var mu sync.Mutex
	s.lists = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		lists--
		hides := lists >= 0
		mu.Unlock()
		if hides {
			reply(http.StatusOK, `[]`)(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}
}

// A list that does not show the new authorization yet proves nothing: what the
// server then refuses as existing may be this create's own.
func TestHostile_lateList(t *testing.T) {
	t.Parallel()
	type create = func(context.Context, *Client) (*Authorization, error)
	post := func(in AuthorizationRequest) create {
		return func(ctx context.Context, c *Client) (*Authorization, error) { return c.CreateAuthorization(ctx, in) }
	}
	put := func(ctx context.Context, c *Client) (*Authorization, error) {
		a, _, err := c.GetOrCreateAuthorization(ctx, AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Note: "ci"})
		return a, err
	}
	for name, test := range map[string]struct {
		create create
		what   string
	}{
		"note":           {post(AuthorizationRequest{Note: "ci"}), `note "ci"`},
		"generated note": {post(AuthorizationRequest{Note: "ci-abcdefghijkl", Unique: true}), `note "ci-abcdefghijkl"`},
		"app":            {post(AuthorizationRequest{ClientID: appID, ClientSecret: appSecret}), "app " + appID},
		"get or create":  {put, "authorization 1"},
	} {
		for fault, lost := range map[string]fault{"dropped": dropped, "500": always(http.StatusInternalServerError, `{}`)} {
			t.Run(name+", "+fault, func(t *testing.T) {
				t.Parallel()
				s := newLossy(t, 0, Config{MaxRetries: 3})
				s.faults[1] = acted(lost)
				hiding(s, 100)
				a, err := test.create(t.Context(), s.client)
				left, ok := errors.AsType[*LeftBehindError](err)
				if a != nil || !ok || errors.Is(err, ErrAlreadyExists) || !strings.Contains(left.What, test.what) {
					t.Errorf("got %+v, error %v", a, err)
				}

				// Once the list shows it, it is found, deleted and created again.
				s = newLossy(t, 0, Config{MaxRetries: 3})
				s.faults[1] = acted(lost)
				hiding(s, 1)
				a, err = test.create(t.Context(), s.client)
				s.wantOne(t, a, err)
			})
		}
	}
}

// The last attempt may be the one that finds what the first has created.
func TestHostile_lateList_lastAttempt(t *testing.T) {
	t.Parallel()
	s := newLossy(t, 0, Config{MaxRetries: 1})
	s.faults[1] = acted(dropped)
	hiding(s, 1)
	a, _, err := s.client.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Note: "ci"})
	if n := len(s.Authorizations()); a != nil || err == nil || n != 0 {
		t.Errorf("got %+v, error %v, and %d are left", a, err, n)
	}
}

// The first create that cannot be reconciled stops the others: each one more would
// leave a token that nobody has.
func TestHostile_unreconciled(t *testing.T) {
	t.Parallel()
	for name, lists := range map[string]fault{"503": always(http.StatusServiceUnavailable, `{}`), "dropped": dropped, "no JSON": always(http.StatusOK, `<p>`)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newLossy(t, 0, Config{MaxRetries: 2})
			s.faults[0], s.lists = acted(always(http.StatusInternalServerError, `{}`)), lists
			if err := s.client.DeleteGrant(t.Context(), 7); !errors.Is(err, ErrNotFound) { // proves the credentials
				t.Fatal(err)
			}
			var (
				mu    sync.Mutex
				named []string
				all   sync.WaitGroup
			)
			queue := make(chan string)
			for range parallelism {
				all.Go(func() {
					for note := range queue {
						_, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: note})
						mu.Lock()
						if left, ok := errors.AsType[*LeftBehindError](err); ok {
							named = append(named, left.What)
						} else if err == nil || !strings.Contains(err.Error(), "not sent, because the response to an earlier create was lost") {
							t.Errorf("error %v", err)
						}
						mu.Unlock()
					}
				})
			}
			for i := range 20 {
				queue <- "token " + string(rune('a'+i))
			}
			close(queue)
			all.Wait()
			left := s.Authorizations()
			if len(left) > parallelism || len(left) != len(named) {
				t.Errorf("%d are left, and %d named", len(left), len(named))
			}
			for _, a := range left {
				if !strings.Contains(strings.Join(named, ","), *a.Note) {
					t.Errorf("%q is not named", *a.Note)
				}
			}
		})
	}
}
