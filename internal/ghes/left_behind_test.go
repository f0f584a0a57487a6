package ghes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// If the client cannot tell what a create has left, or cannot delete it, the error names it and nothing
// more is created.
func TestCreate_leftBehind(t *testing.T) {
	t.Parallel()
	existing := func(s *lossyServer) {
		s.AddAuthorization(ghessim.Authorization{Note: new("ci"), CreatedAt: time.Now().Add(-time.Hour)})
	}
	for name, test := range map[string]struct {
		prepare func(*lossyServer)
		id      int64
		left    int
		want    string
	}{
		"list fails": {
			func(s *lossyServer) { s.lists = always(500, `{}`) }, 0, 1,
			`: an authorization with note "ci" may be left on the server, because the provider could not find or delete it: GET PREFIX/authorizations: 500 Internal Server Error, after 5 attempts`,
		},
		"list fails, the response has an ID": {
			func(s *lossyServer) { s.faults[1], s.lists = withBody(`{"id":7,"token":5}`), always(500, `{}`) }, 0, 1, `note "ci" may be left`,
		},
		"list fails, a header has an ID": {
			func(s *lossyServer) { s.faults[1], s.lists = withBody(`<p>`), dropped }, 0, 1, `note "ci" may be left`,
		},
		"delete fails": {
			func(s *lossyServer) { s.deletes = always(500, `{}`) }, 1, 1,
			": authorization 1 may be left on the server, because the provider could not find or delete it: DELETE PREFIX/authorizations/1: 500 Internal Server Error, after 5 attempts",
		},
		"no clock":              {func(s *lossyServer) { s.lists = withoutDate }, 1, 1, "authorization 1 may be left"},
		"existing, no response": {func(s *lossyServer) { existing(s); s.faults[0] = dropped }, 1, 1, "authorization 1 may be left"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newLossyServer(t, 0, Config{})
				s.faults[1] = acted(dropped)
				test.prepare(s)
				a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
				left, ok := errors.AsType[*LeftBehindError](err)
				if a != nil || !ok || left.ID != test.id || !strings.Contains(err.Error(), strings.ReplaceAll(test.want, "PREFIX", prefix)) {
					t.Errorf("got %+v, error %v", a, err)
				}
				if n := len(s.Authorizations()); n != test.left {
					t.Errorf("the server has %d authorizations, want %d", n, test.left)
				}
			})
		})
	}
}

// If every response is lost, nothing is left behind.
func TestCreate_lostAlways(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLossyServer(t, 0, Config{MaxRetries: 2})
		s.faults[0] = acted(dropped)
		_, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
		wantError(t, err, "POST PREFIX/authorizations: the server closed the connection without a response, after 3 attempts")
		s.wantSent(t, postLine, listLine, deleteLine(1), postLine, listLine, deleteLine(2), postLine, listLine, deleteLine(3))
	})
}

// The response to the delete may be lost as well.
func TestCreate_lostThenDeleteLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLossyServer(t, 0, Config{})
		s.faults[1], s.deletes = acted(dropped), func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if len(s.Authorizations()) > 0 {
				acted(dropped)(w, r, next)
			}
			next.ServeHTTP(w, r)
		}
		a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
		s.wantOnly(t, a, err)
		s.wantSent(t, postLine, listLine, deleteLine(1), deleteLine(1), postLine)
	})
}

// executeLate executes a request whose client has given up.
func executeLate(next http.Handler, r *http.Request) {
	next.ServeHTTP(httptest.NewRecorder(), r.Clone(context.WithoutCancel(r.Context())))
}

// The server may execute the first attempt only after the client has looked for its result. The
// second attempt then fails because of that authorization. The client deletes it if only this
// create has the note. Otherwise it may be another run's.
func TestCreate_lostAndLate(t *testing.T) {
	t.Parallel()
	for _, isUnique := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) { checkLate(t, isUnique) })
	}
}

func checkLate(t *testing.T, isUnique bool) {
	t.Helper()
	s := newLossyServer(t, 0, Config{Connection: Connection{Timeout: 10 * time.Second}})
	var first *http.Request
	s.faults = map[int]fault{
		1: func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			first = r
			noResponse(w, r)
		},
		2: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			executeLate(next, first)
			next.ServeHTTP(w, r)
		},
	}
	a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci", Unique: isUnique})
	if isUnique {
		s.wantOnly(t, a, err)
		s.wantSent(t, postLine, listLine, postLine, listLine, deleteLine(1), postLine)
		return
	}
	wantLeftBehind(t, err, 1)
	s.wantSent(t, postLine, listLine, postLine, listLine)
}

// If the server executes the first attempt before the client looks for its result, the client finds it
// at once.
func TestCreate_lostByTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLossyServer(t, 0, Config{Connection: Connection{Timeout: 10 * time.Second}})
		s.faults[1] = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			executeLate(next, r)
			noResponse(w, r)
			drop(w, r)
		}
		a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
		s.wantOnly(t, a, err)
		s.wantSent(t, postLine, listLine, deleteLine(1), postLine)
	})
}

// After an interruption the client creates nothing more, and deletes the result of a lost create.
func TestCreate_lostAndInterrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault fault
		err   string
		want  []string
	}{
		"response lost": {
			acted(dropped), "POST PREFIX/authorizations: the run was interrupted, and this create has left nothing on the server",
			[]string{postLine, listLine, deleteLine(1)},
		},
		// A list that does not show the authorization yet would look the same.
		"request lost": {
			dropped, `POST PREFIX/authorizations: context canceled: an authorization with note "ci" may be left on the server`,
			[]string{postLine, listLine},
		},
		"refused": {always(429, `{}`), "context canceled", []string{postLine}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := newLossyServer(t, 0, Config{})
				s.faults[1] = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					cancel()
					test.fault(w, r, next)
				}
				a, err := s.client.CreateAuthorization(ctx, AuthorizationRequest{Note: "ci"})
				if a != nil || !errors.Is(err, context.Canceled) {
					t.Errorf("got %+v, error %#v", a, err)
				}
				wantError(t, err, test.err)
				if n := len(s.Authorizations()); n != 0 {
					t.Errorf("the server has %d authorizations, want none", n)
				}
				s.wantSent(t, test.want...)
			})
		})
	}
}

// Concurrent creates whose responses are lost do not disturb each other.
func TestCreate_lostConcurrently(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLossyServer(t, 0, Config{MaxRetries: 8})
		for i := 1; i < 200; i += 3 {
			s.faults[i] = acted(dropped)
		}
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				note := fmt.Sprint("ci ", i)
				a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: note})
				if err != nil {
					t.Error(err)
					return
				}
				if stored, ok := s.Authorization(a.ID); !ok || stored.Token != a.Token || *stored.Note != note {
					t.Errorf("got %+v, the server has %+v", a, stored)
				}
			})
		}
		all.Wait()
		if n := len(s.Authorizations()); n != 20 {
			t.Errorf("%d authorizations, want 20", n)
		}
	})
}

// The note is the user's, and may be long or contain the password.
func TestLeftBehindError_names(t *testing.T) {
	t.Parallel()
	for name, create := range map[string]func(c *Client, text string) error{
		"note": func(c *Client, text string) error {
			_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{Note: text})
			return err
		},
		"fingerprint": func(c *Client, text string) error {
			_, _, err := c.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Fingerprint: text})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := serveInProcess(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					reply(http.StatusServiceUnavailable, "{}")(w, r)
					return
				}
				drop(w, r)
			}, Config{Connection: Connection{Password: "correct-horse"}})
			err := create(c, "ci correct-horse "+strings.Repeat("long ", 20_000))
			wantLeftBehind(t, err, 0)
			if text := err.Error(); len(text) > 2000 || strings.Contains(text, "correct") || !strings.Contains(text, "***") {
				t.Errorf("%d bytes: %.300s", len(text), text)
			}
		})
	}
}
