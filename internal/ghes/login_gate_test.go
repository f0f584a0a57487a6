package ghes

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"
)

// stage is a client of a server that the test plays: each request waits until the test responds to
// it. It is for synctest bubbles. There, after Wait, no further request can arrive.
type stage struct {
	*Client
	arrived   chan string
	responses chan http.HandlerFunc
}

// errNoServer is the error of a request to which the test responds with nil.
var errNoServer = errors.New("no route to host")

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{arrived: make(chan string, 1000), responses: make(chan http.HandlerFunc)}
	s.Client = NewClient(Config{Connection: Connection{
		BaseURL:  &url.URL{Scheme: "https", Host: "ghes.example.com", Path: "/api/v3/"},
		Username: "octocat", Password: "correct-horse", RoundTripper: roundTrip(s.roundTrip),
	}})
	return s
}

func (s *stage) roundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == "/api/v3/meta" { // The client asks for it after a 403.
		return nil, errNoServer
	}
	s.arrived <- req.Method
	select {
	case respond := <-s.responses:
		if respond == nil {
			return nil, errNoServer
		}
		w := httptest.NewRecorder()
		respond(w, req)
		resp := w.Result()
		resp.Request = req
		return resp, nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// start begins n calls, and returns the channel of their errors.
func (s *stage) start(ctx context.Context, n int) <-chan error {
	results := make(chan error, n)
	for range n {
		go func() { results <- s.DeleteGrant(ctx, 1) }()
	}
	synctest.Wait()
	return results
}

// respond responds to n of the waiting requests.
func (s *stage) respond(n int, with http.HandlerFunc) {
	for range n {
		s.responses <- with
	}
	synctest.Wait()
}

// want checks how many requests have arrived since the last want.
func (s *stage) want(t *testing.T, n int) {
	t.Helper()
	if got := len(s.arrived); got != n {
		t.Errorf("%d requests, want %d", got, n)
	}
	for range len(s.arrived) {
		<-s.arrived
	}
}

// wantNotSent checks that an error is a NotSentError because of first.
func wantNotSent(t *testing.T, err, first error) {
	t.Helper()
	notSent, ok := errors.AsType[*NotSentError](err)
	if !ok || notSent.First != first { //nolint:errorlint // The first error must be that value.
		t.Errorf("error %v, want a NotSentError because of %v", err, first)
	}
}

// After a refusal of the credentials, no other call sends a request.
func TestGate_refused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		response http.HandlerFunc
		want     error
	}{
		"password": {reply(401, `{"message":"Bad credentials"}`), ErrBadCredentials},
		"token":    {reply(403, `{"message":"This API can only be accessed with username and password Basic Auth"}`), ErrTokenAuth},
		"lockout":  {reply(403, `{"message":"Maximum number of login attempts exceeded. Please try again later."}`), ErrLockedOut},
		"code":     {reply(401, `{}`, "X-Github-Otp", "required; app"), ErrOTP},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				results := s.start(t.Context(), 50)
				s.want(t, 1)
				s.respond(1, test.response)
				first := <-results
				wantIs(t, first, test.want)
				for range 49 {
					wantNotSent(t, <-results, first)
				}
				wantNotSent(t, <-s.start(t.Context(), 1), first)
				s.want(t, 0)
			})
		})
	}
}

// A response that proves the credentials admits all waiting calls. Any other response admits only
// the next one.
func TestLoginGate_first(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		response http.HandlerFunc
		admitted int
	}{
		"success":            {reply(204, ``), 49},
		"not found":          {reply(404, `{"message":"Not Found"}`), 49},
		"invalid":            {reply(422, `{"message":"Validation Failed"}`), 49},
		"unexpected status":  {reply(200, `{}`), 49},
		"forbidden":          {reply(403, `{"message":"Suspended"}`), 1},
		"too many":           {reply(429, `{}`), 1},
		"crash":              {reply(500, `{}`), 1},
		"unavailable":        {reply(503, `{}`), 1},
		"redirect":           {reply(302, `{}`), 1},
		"web page":           {webPage(200), 1},
		"web page not found": {webPage(404), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				results := s.start(t.Context(), 50)
				s.want(t, 1)
				s.respond(1, test.response)
				if n := len(results); n != 1 {
					t.Errorf("%d calls have ended, want 1", n)
				}
				s.want(t, test.admitted)
				if test.admitted == 1 {
					s.respond(1, reply(204, ``))
					s.want(t, 48)
				}
				s.respond(50-1-min(1, 50-1-test.admitted), reply(204, ``))
				if n := len(results); n != 50 {
					t.Errorf("%d calls have ended, want all 50", n)
				}
			})
		})
	}
}

// If the first request cannot reach the server, all calls that wait for it fail with the same
// error. Otherwise fifty timeouts would follow each other.
func TestLoginGate_noServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		results := s.start(t.Context(), 50)
		s.respond(1, nil)
		s.want(t, 1)
		const first = "DELETE /api/v3/applications/grants/1: no route to host"
		texts := map[string]int{}
		for range 50 {
			err := <-results
			if !errors.Is(err, errNoServer) {
				t.Errorf("error %v", err)
			}
			texts[err.Error()]++
		}
		if texts[first] != 1 || texts["DELETE /api/v3/applications/grants/1: not sent, because an earlier request failed: "+first] != 49 {
			t.Errorf("errors %v", texts)
		}
		// Later calls do not share the error.
		results = s.start(t.Context(), 2)
		s.want(t, 1)
		s.respond(1, reply(204, ``))
		s.respond(1, reply(204, ``))
		for range 2 {
			if err := <-results; err != nil {
				t.Errorf("a later call: error %v", err)
			}
		}
	})
}

// While the first call retries, the other calls wait for it, and they share its error.
func TestLoginGate_retries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.config.MaxRetries, s.config.MaxWait, s.config.Backoff = 4, time.Minute, time.Second
		results := s.start(t.Context(), 20)
		for range 5 {
			s.want(t, 1)
			s.respond(1, reply(http.StatusBadGateway, `{}`))
			time.Sleep(10 * time.Second)
			synctest.Wait()
		}
		s.want(t, 0)
		wantError(t, <-results, "DELETE /api/v3/applications/grants/1: 502 Bad Gateway, after 5 attempts")
		for range 19 {
			wantError(t, <-results, "DELETE /api/v3/applications/grants/1: not sent, because an earlier request failed: DELETE /api/v3/applications/grants/1: 502 Bad Gateway, after 5 attempts")
		}
	})
}

// If the first call is cancelled, the next one tries the credentials.
func TestLoginGate_firstCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		ctx, cancel := context.WithCancel(t.Context())
		first := s.start(ctx, 1)
		others := s.start(t.Context(), 3)
		s.want(t, 1)
		cancel()
		wantCanceled(t, <-first)
		synctest.Wait()
		s.want(t, 1)
		s.respond(1, reply(204, ``))
		s.want(t, 2)
		s.respond(2, reply(204, ``))
		for range 3 {
			if err := <-others; err != nil {
				t.Errorf("another call: error %v", err)
			}
		}
	})
}

// A call that waits for the first one can be cancelled.
func TestLoginGate_waitingCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		first := s.start(t.Context(), 1)
		ctx, cancel := context.WithCancel(t.Context())
		others := s.start(ctx, 3)
		cancel()
		synctest.Wait()
		if n := len(others); n != 3 {
			t.Fatalf("%d of 3 cancelled calls have ended", n)
		}
		for range 3 {
			wantCanceled(t, <-others)
		}
		s.respond(1, reply(204, ``))
		if err := <-first; err != nil {
			t.Error(err)
		}
		s.want(t, 1)
	})
}

// A password may be changed, or an account locked, while Terraform runs.
func TestLoginGate_refusedLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		first := s.start(t.Context(), 1)
		s.respond(1, reply(204, ``))
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		results := s.start(t.Context(), 2)
		s.want(t, 3)
		s.respond(1, reply(401, `{"message":"Bad credentials"}`))
		refusal := <-results
		wantIs(t, refusal, ErrBadCredentials)
		wantNotSent(t, <-s.start(t.Context(), 1), refusal)
		// A call that was sent before the refusal may succeed, but does not end the refusal.
		s.respond(1, reply(204, ``))
		if err := <-results; err != nil {
			t.Error(err)
		}
		wantNotSent(t, <-s.start(t.Context(), 1), refusal)
		s.want(t, 0)
	})
}
