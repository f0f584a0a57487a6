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
	s := newLossy(t, 0, Config{Connection: Connection{Timeout: 100 * time.Millisecond}, MaxRetries: 1})
	s.faults[0] = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		time.Sleep(300 * time.Millisecond)
		next.ServeHTTP(w, r)
	}
	a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
	if a != nil {
		t.Errorf("got %+v", a)
	}
	wantError(t, err, `POST PREFIX/authorizations: no response in time: an authorization with note "ci" may be left on the server, after 2 attempts`)
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

// An authorization is new by every clock there is, or by that of earlier creates.
func TestIsNew(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 5, 1, 12, 0, 5, 600_000_000, time.UTC)
	type ahead = []time.Duration
	for name, test := range map[string]struct {
		dates, creations ahead // of responses, by how much they are ahead of this machine
		created          int   // in seconds from 12:00:00
		want             bool
	}{
		"no clock":                              {nil, nil, 5, false},
		"same second":                           {ahead{0}, nil, 5, true},
		"later":                                 {ahead{0}, nil, 9, true},
		"second before":                         {ahead{0}, nil, 4, false},
		"dates an hour behind":                  {ahead{-time.Hour}, nil, 5, true},
		"dates an hour behind, created between": {ahead{-time.Hour}, nil, -1800, false},
		"server an hour behind":                 {ahead{-time.Hour}, nil, 5 - 3600, false},
		"server an hour behind, known":          {ahead{-time.Hour}, ahead{-time.Hour}, 5 - 3600, true},
		"server an hour behind, known, second before": {ahead{-time.Hour}, ahead{-time.Hour}, 4 - 3601, false},
		"dates an hour ahead":                         {ahead{time.Hour}, nil, 5, false},
		"dates seconds ahead":                         {ahead{3 * time.Second}, nil, 5, false},
		"dates seconds ahead, server's clock known":   {ahead{3 * time.Second}, ahead{0}, 5, true},
		"dates an hour behind, server's clock known":  {ahead{-time.Hour}, ahead{0}, -1800, false},
		"server an hour ahead":                        {ahead{time.Hour}, nil, 5 + 3600, true},
		"server an hour ahead, created between":       {ahead{time.Hour}, nil, 5 + 1800, false},
		"clock that was set":                          {ahead{time.Hour, 0}, nil, 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &Client{}
			for _, by := range test.dates {
				c.dates.learn(sent.Add(by).Truncate(time.Second), sent.Add(-time.Millisecond), sent.Add(time.Millisecond))
			}
			for _, by := range test.creations {
				c.creations.learn(sent.Add(by), sent.Add(-time.Millisecond), sent.Add(time.Millisecond))
			}
			created := sent.Truncate(time.Minute).Add(time.Duration(test.created) * time.Second)
			if got := c.isNew(created, sent); got != test.want {
				t.Errorf("isNew is %t", got)
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
