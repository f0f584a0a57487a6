package ghes

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// What another request of the same client has made is not this one's, though it
// is alike and as new.
func TestLost_ofAnother(t *testing.T) {
	t.Parallel()
	s := newLossy(t, 0, Config{})
	first, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
	if err != nil {
		t.Fatal(err)
	}
	s.faults[2] = always(http.StatusBadGateway, `{}`)
	second, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
	wantIs(t, err, ErrAlreadyExists)
	if now, ok := s.Authorization(first.ID); second != nil || !ok || now.Token != first.Token {
		t.Errorf("got %+v; the first is there: %t", second, ok)
	}
}

// Of a server that acts after nobody waits any more, nothing can be found yet:
// what may come of it is named.
func TestLost_laterThanAll(t *testing.T) {
	t.Parallel()
	s := newLossy(t, 0, Config{Timeout: 100 * time.Millisecond, MaxRetries: 1})
	s.faults[0] = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		time.Sleep(300 * time.Millisecond)
		next.ServeHTTP(w, r)
	}
	a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
	if a != nil {
		t.Errorf("got %+v", a)
	}
	wantError(t, err, `POST PREFIX/authorizations: no answer in time: an authorization with note "ci" may be left on the server, after 2 attempts`)
}

// Statuses of proxies that gave up, or lost the server amid its work.
func TestLost_proxies(t *testing.T) {
	t.Parallel()
	for _, status := range []int{408, 499, 507, 520, 524} {
		s := newLossy(t, 0, Config{})
		s.faults[1] = acted(always(status, `{}`))
		a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
		s.wantOne(t, a, err)
	}
}

// The answers of a run tell the server's clock better than each of them.
func TestServerClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	for name, test := range map[string]struct {
		ahead         int // ms
		answers       []int
		of            int
		likely, first int // s
	}{
		"alike":              {0, []int{100}, 5500, 5, 5},
		"perhaps behind":     {-500, []int{900}, 5600, 5, 4},
		"behind, for sure":   {-500, []int{100, 300, 480, 900}, 5400, 4, 4},
		"an hour ahead":      {3600_000, []int{100, 400}, 5500, 3605, 3605},
		"perhaps ahead":      {300, []int{100}, 5500, 5, 5},
		"an hour behind":     {-3600_000, []int{600}, 5500, -3595, -3596},
		"one answer, slowly": {0, []int{950}, 5900, 5, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c serverClock
			if _, _, ok := c.secondsOf(start); ok {
				t.Error("it knows without an answer")
			}
			for _, ms := range test.answers {
				c.learn(at(ms+test.ahead).Truncate(time.Second), at(ms-10), at(ms+10))
			}
			likely, first, _ := c.secondsOf(at(test.of))
			if likely != at(1000*test.likely) && test.likely != -3595 || first != at(1000*test.first) {
				t.Errorf("%s and %s", likely.Format(time.TimeOnly), first.Format(time.TimeOnly))
			}
		})
	}
}

// The time is the server's as far as its answers tell, and never later.
func TestEarliestNow(t *testing.T) {
	t.Parallel()
	const behind = 40 * 24 * time.Hour
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(-behind).UTC().Format(http.TimeFormat))
		reply(http.StatusOK, `[]`)(w, r)
	})
	if _, ok := c.EarliestNow(); ok {
		t.Error("it knows without an answer")
	}
	if _, ok := Unavailable(errors.New("not yet")).EarliestNow(); ok {
		t.Error("it knows without a server")
	}
	if _, err := c.ListGrants(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	got, ok := c.EarliestNow()
	if off := time.Since(got) - behind; !ok || off < 0 || off > time.Minute || got.Nanosecond() != 0 {
		t.Errorf("%s, %t", got, ok)
	}
}
