package ghes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// What cannot be settled is named, and nothing more is made.
func TestLost_leftBehind(t *testing.T) {
	t.Parallel()
	existing := func(s *lossy) {
		s.AddAuthorization(ghessim.Authorization{Note: new("ci"), CreatedAt: time.Now().Add(-time.Hour)})
	}
	for name, test := range map[string]struct {
		prepare func(*lossy)
		id      int64
		left    int
		want    string
	}{
		"list fails": {
			func(s *lossy) { s.lists = always(500, `{}`) }, 0, 1,
			`: an authorization with note "ci" may be left on the server, because the provider could not find or delete it: GET PREFIX/authorizations: 500 Internal Server Error, after 5 attempts`,
		},
		"list fails, number told": {
			func(s *lossy) { s.faults[1], s.lists = told(`{"id":NUMBER,"token":5}`), always(500, `{}`) }, 1, 1, "authorization 1 may be left",
		},
		"list fails, number in a header": {
			func(s *lossy) { s.faults[1], s.lists = told(`<p>`), dropped }, 1, 1, "authorization 1 may be left",
		},
		"delete fails": {
			func(s *lossy) { s.deletes = always(500, `{}`) }, 1, 1,
			": authorization 1 may be left on the server, because the provider could not find or delete it: DELETE PREFIX/authorizations/1: 500 Internal Server Error, after 5 attempts",
		},
		"no clock":          {func(s *lossy) { s.lists = undated }, 1, 1, "authorization 1 may be left"},
		"existing, no more": {func(s *lossy) { existing(s); s.faults[0] = dropped }, 1, 1, "authorization 1 may be left"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newLossy(t, 0, Config{})
			s.faults[1] = acted(dropped)
			test.prepare(s)
			a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
			left, ok := errors.AsType[*LeftBehindError](err)
			if a != nil || !ok || left.ID != test.id || !strings.Contains(err.Error(), strings.ReplaceAll(test.want, "PREFIX", prefix)) {
				t.Errorf("got %+v, error %v", a, err)
			}
			if n := len(s.Authorizations()); n != test.left {
				t.Errorf("%d left, want %d", n, test.left)
			}
		})
	}
}

// When every answer is lost nothing is left behind.
func TestLost_always(t *testing.T) {
	t.Parallel()
	s := newLossy(t, 0, Config{MaxRetries: 2})
	s.faults[0] = acted(dropped)
	_, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
	wantError(t, err, "POST PREFIX/authorizations: the server closed the connection without a response, after 3 attempts")
	s.wantSent(t, post, search, remove(1), post, search, remove(2), post, search, remove(3))
}

// The answer to the delete may be lost as well.
func TestLost_delete(t *testing.T) {
	t.Parallel()
	s := newLossy(t, 0, Config{})
	s.faults[1], s.deletes = acted(dropped), func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if len(s.Authorizations()) > 0 {
			acted(dropped)(w, r, next)
		}
		next.ServeHTTP(w, r)
	}
	a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
	s.wantOne(t, a, err)
	s.wantSent(t, post, search, remove(1), remove(1), post)
}

// A server that acts on a request long after the client gave it up stands in the
// way of the next one.
func TestLost_late(t *testing.T) {
	t.Parallel()
	s := newLossy(t, 0, Config{Connection: Connection{Timeout: 300 * time.Millisecond}})
	late := func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r.Clone(context.WithoutCancel(r.Context())))
		<-r.Context().Done()
		dropped(w, r, next)
	}
	var held atomic.Pointer[http.Request]
	s.faults = map[int]fault{
		1: func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
			held.Store(r)
			<-r.Context().Done()
		},
		2: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			first := held.Load()
			next.ServeHTTP(httptest.NewRecorder(), first.Clone(context.WithoutCancel(first.Context())))
			next.ServeHTTP(w, r)
		},
	}
	a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
	s.wantOne(t, a, err)
	s.wantSent(t, post, search, post, search, remove(1), post)

	// Before it is looked for it is found at once.
	s = newLossy(t, 0, Config{Connection: Connection{Timeout: 300 * time.Millisecond}})
	s.faults[1] = late
	a, err = s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
	s.wantOne(t, a, err)
	s.wantSent(t, post, search, remove(1), post)
}

// Who interrupts gets nothing made, and nothing left.
func TestLost_interrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault fault
		want  []string
	}{
		"answer lost":  {acted(dropped), []string{post, search, remove(1)}},
		"request lost": {dropped, []string{post, search}},
		"refused":      {always(429, `{}`), []string{post}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := newLossy(t, 0, Config{})
			s.faults[1] = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				cancel()
				test.fault(w, r, next)
			}
			a, err := s.client.CreateAuthorization(ctx, AuthorizationRequest{Note: "ci"})
			if a != nil || !errors.Is(err, context.Canceled) && name != "refused" {
				t.Errorf("got %+v, error %v", a, err)
			}
			switch name {
			case "answer lost":
				wantError(t, err, "POST PREFIX/authorizations: interrupted, and nothing of it is left on the server")
			case "request lost": // Nobody can tell that from a list that does not show it yet.
				wantError(t, err, `POST PREFIX/authorizations: context canceled: an authorization with note "ci" may be left on the server`)
			}
			if n := len(s.Authorizations()); n != 0 {
				t.Errorf("%d are left", n)
			}
			s.wantSent(t, test.want...)
		})
	}
}

// Many at once do not get into each other's way.
func TestLost_concurrently(t *testing.T) {
	t.Parallel()
	s := newLossy(t, 0, Config{MaxRetries: 8})
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
			if there, ok := s.Authorization(a.ID); !ok || there.Token != a.Token || *there.Note != note {
				t.Errorf("got %+v, the server has %+v", a, there)
			}
		})
	}
	all.Wait()
	if n := len(s.Authorizations()); n != 20 {
		t.Errorf("%d authorizations, want 20", n)
	}
}
