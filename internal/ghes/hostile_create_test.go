package ghes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// setDate puts a proxy in front of s that sets the Date header by its own clock.
func setDate(s *lossyServer, ahead time.Duration) {
	s.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := httptest.NewRecorder()
		s.fault(r.Method)(whole, r, next)
		maps.Copy(w.Header(), whole.Header())
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		w.WriteHeader(whole.Code)
		_, _ = w.Write(whole.Body.Bytes())
	})
}

// An equal authorization of another run is not deleted, however wrong a proxy's clock is.
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
			synctest.Test(t, func(t *testing.T) {
				s := newLossyServer(t, 0, Config{})
				setDate(s, test.ahead)
				existing := s.AddAuthorization(ghessim.Authorization{Note: new("ci"), CreatedAt: time.Now().Add(test.created)})
				if _, err := s.client.ListGrants(t.Context(), ""); err != nil { // This response has a Date header.
					t.Fatal(err)
				}
				s.faults[1] = dropped
				a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
				wantLeftBehind(t, err, existing.ID)
				if now, ok := s.Authorization(existing.ID); a != nil || !ok || now.Token != existing.Token {
					t.Errorf("got %+v; the other run's authorization still exists: %t", a, ok)
				}
			})
		})
	}
}

// The client never adopts the authorization that it has just created, and whose token was lost, even if
// a proxy's clock makes it look older.
func TestHostile_ownLooksOlder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, ahead := range []time.Duration{3 * time.Second, time.Hour, -3 * time.Second} {
			s := newLossyServer(t, 0, Config{})
			setDate(s, ahead)
			s.faults[1] = acted(always(http.StatusBadGateway, `{}`))
			a, created, err := s.client.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Note: "ci"})
			switch {
			case err != nil:
				wantLeftBehind(t, err, 1)
			case !created:
				t.Errorf("%s: adopted %+v", ahead, a)
			default:
				s.wantOnly(t, a, err)
			}
		}
	})
}

// hideFromLists makes the first lists of the server empty.
func hideFromLists(s *lossyServer, lists int) {
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

// A list may not show a new authorization yet. If the server then says that the authorization exists, it
// may be of this very create.
func TestHostile_delayedList(t *testing.T) {
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
				synctest.Test(t, func(t *testing.T) {
					s := newLossyServer(t, 0, Config{MaxRetries: 3})
					s.faults[1] = acted(lost)
					hideFromLists(s, 100)
					a, err := test.create(t.Context(), s.client)
					left, ok := errors.AsType[*LeftBehindError](err)
					if a != nil || !ok || errors.Is(err, ErrAlreadyExists) || !strings.Contains(left.What, test.what) {
						t.Errorf("got %+v, error %v", a, err)
					}

					// A later list shows an authorization. It may be another run's, unless its note was generated.
					s = newLossyServer(t, 0, Config{MaxRetries: 3})
					s.faults[1] = acted(lost)
					hideFromLists(s, 1)
					a, err = test.create(t.Context(), s.client)
					if name == "generated note" {
						s.wantOnly(t, a, err)
						return
					}
					wantLeftBehind(t, err, 1)
				})
			})
		}
	}
}

// The client may find the result of the first attempt only after the last one.
func TestHostile_delayedList_lastAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLossyServer(t, 0, Config{MaxRetries: 1})
		s.faults[1] = acted(dropped)
		hideFromLists(s, 1)
		a, _, err := s.client.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Note: "ci-abcdefghijkl", Unique: true})
		if n := len(s.Authorizations()); a != nil || err == nil || n != 0 {
			t.Errorf("got %+v, error %v; the server has %d authorizations", a, err, n)
		}
	})
}

// Once a create has left something behind, the client creates nothing more: each further create could
// leave another token that nobody has.
func TestHostile_leftBehindStopsCreates(t *testing.T) {
	t.Parallel()
	for name, lists := range map[string]fault{"503": always(http.StatusServiceUnavailable, `{}`), "dropped": dropped, "not JSON": always(http.StatusOK, `<p>`)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newLossyServer(t, 0, Config{MaxRetries: 2})
				s.faults[0], s.lists = acted(always(http.StatusInternalServerError, `{}`)), lists
				if err := s.client.DeleteGrant(t.Context(), 7); !errors.Is(err, ErrNotFound) { // It proves the credentials.
					t.Fatal(err)
				}
				named, left := leftBehindBy(t, s.client, 20), s.Authorizations()
				if len(left) > parallelism || len(left) != len(named) {
					t.Errorf("the server has %d authorizations, and errors name %q", len(left), named)
				}
				for _, a := range left {
					if !slices.Contains(named, fmt.Sprintf("an authorization with note %q", *a.Note)) {
						t.Errorf("no error names %q", *a.Note)
					}
				}
			})
		})
	}
}

// leftBehindBy runs n creates with other notes, some of them at the same time, and returns what they may
// have left behind. Creates that were not sent are no more than an error.
func leftBehindBy(t *testing.T, c *Client, n int) (named []string) {
	t.Helper()
	errs := make(chan error, n)
	queue := make(chan string)
	var workers sync.WaitGroup
	for range parallelism {
		workers.Go(func() {
			for note := range queue {
				_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{Note: note})
				errs <- err
			}
		})
	}
	for i := range n {
		queue <- "token " + string(rune('a'+i))
	}
	close(queue)
	workers.Wait()
	close(errs)
	for err := range errs {
		if left, ok := errors.AsType[*LeftBehindError](err); ok {
			named = append(named, left.What)
		} else if err == nil || !strings.Contains(err.Error(), "not sent, because the response to an earlier create was lost") {
			t.Errorf("error %v", err)
		}
	}
	return named
}

// An equal authorization that another run creates between two attempts is not deleted.
func TestHostile_otherRunBetween(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]fault{"dropped": dropped, "500": always(http.StatusInternalServerError, `{}`)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newLossyServer(t, 0, Config{})
				s.faults[1] = lost
				var other ghessim.Authorization
				s.lists = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					next.ServeHTTP(w, r)
					if other.ID == 0 {
						other = s.AddAuthorization(ghessim.Authorization{Note: new("ci"), CreatedAt: time.Now()})
					}
				}
				_, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
				wantLeftBehind(t, err, other.ID)
				if now, ok := s.Authorization(other.ID); !ok || now.Token != other.Token {
					t.Error("the other run's authorization is gone")
				}
			})
		})
	}
}

// The ID in a response that cannot be read proves nothing.
func TestHostile_wrongID(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]http.HandlerFunc{
		"header":      reply(http.StatusCreated, `<p>`, "Location", "/api/v3/authorizations/1"),
		"body":        reply(http.StatusCreated, `{"id":1,"token":5}`),
		"empty token": reply(http.StatusCreated, `{"id":1,"token":"","scopes":5}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newLossyServer(t, 0, Config{})
				other := s.AddAuthorization(ghessim.Authorization{Note: new("ci"), CreatedAt: time.Now().Add(-time.Hour)})
				s.faults[1] = func(w http.ResponseWriter, r *http.Request, _ http.Handler) { response(w, r) }
				_, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
				wantLeftBehind(t, err, other.ID)
				if now, ok := s.Authorization(other.ID); !ok || now.Token != other.Token {
					t.Error("the other run's authorization is gone")
				}
			})
		})
	}
}
