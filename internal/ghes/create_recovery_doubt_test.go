package ghes

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// The result of another create of this client is not deleted, even if it is equal and as new.
func TestCreate_lostOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLossyServer(t, 0, Config{})
		first, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
		if err != nil {
			t.Fatal(err)
		}
		s.faults[2] = always(http.StatusBadGateway, `{}`)
		second, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
		wantIs(t, err, ErrAlreadyExists)
		if now, ok := s.Authorization(first.ID); second != nil || !ok || now.Token != first.Token {
			t.Errorf("got %+v; the first one still exists: %t", second, ok)
		}
	})
}

// If the server acts after the last attempt, nothing can be found yet. The error names what the server
// may still create.
func TestCreate_lostLateAfterLastAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLossyServer(t, 0, Config{Connection: Connection{Timeout: 10 * time.Second}, MaxRetries: 1})
		s.faults[0] = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			time.Sleep(30 * time.Second)
			next.ServeHTTP(w, r)
		}
		a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
		if a != nil {
			t.Errorf("got %+v", a)
		}
		wantError(t, err, `POST PREFIX/authorizations: no response in time: an authorization with note "ci" may be left on the server, after 2 attempts`)
		s.wantSent(t, postLine, listLine, postLine, listLine)
		time.Sleep(time.Minute)
		if n := len(s.Authorizations()); n != 1 {
			t.Errorf("the server has %d authorizations in the end, want 1", n)
		}
	})
}

// Some proxies use statuses of their own for a server that did not respond in time.
func TestCreate_lostByProxy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, status := range []int{408, 499, 507, 520, 524} {
			s := newLossyServer(t, 0, Config{})
			s.faults[1] = acted(always(status, `{}`))
			a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
			s.wantOnly(t, a, err)
		}
	})
}

// An authorization is new if all clocks say so. The clock of earlier creates replaces this machine's.
func TestIsNew(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 5, 1, 12, 0, 5, 600_000_000, time.UTC)
	type ahead = []time.Duration
	for name, test := range map[string]struct {
		dates, creations ahead // by how much the times in responses are ahead of this machine
		created          int   // in seconds after 12:00:00
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
		"dates seconds ahead, server's clock known":   {ahead{3 * time.Second}, ahead{0}, 5, false},
		"only the server's clock known":               {nil, ahead{-time.Hour}, 5 - 3600, true},
		"only the server's clock known, before":       {nil, ahead{-time.Hour}, 4 - 3601, false},
		"one create dated back":                       {ahead{0}, ahead{-48 * time.Hour}, -3600, false},
		"dates an hour behind, server's clock known":  {ahead{-time.Hour}, ahead{0}, -1800, false},
		"server an hour ahead":                        {ahead{time.Hour}, nil, 5 + 3600, true},
		"server an hour ahead, created between":       {ahead{time.Hour}, nil, 5 + 1800, false},
		"clock was set meanwhile":                     {ahead{time.Hour, 0}, nil, 5, true},
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

// EarliestNow is never later than the server's time.
func TestEarliestNow(t *testing.T) {
	t.Parallel()
	const behind = 40 * 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(600 * time.Millisecond) // Date has whole seconds.
		c, _ := serveInProcess(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(2 * time.Second)
			w.Header().Set("Date", time.Now().Add(-behind).UTC().Format(http.TimeFormat))
			reply(http.StatusOK, `[]`)(w, r)
		}, Config{})
		if _, ok := c.EarliestNow(); ok {
			t.Error("the time is known without a response")
		}
		if _, ok := Unavailable(errors.New("not yet")).EarliestNow(); ok {
			t.Error("the time is known without a server")
		}
		if _, err := c.ListGrants(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		got, ok := c.EarliestNow()
		if want := time.Now().Add(-behind).Truncate(time.Second); !ok || !got.Equal(want) {
			t.Errorf("%s, %t, want %s", got, ok, want)
		}
		time.Sleep(time.Hour)
		got, _ = c.EarliestNow()
		if want := time.Now().Add(-behind).Truncate(time.Second); !got.Equal(want) {
			t.Errorf("an hour later: %s, want %s", got, want)
		}
	})
}
