package ghes

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
)

// stage is a server in the test's hands: every request waits there for its
// answer. In a synctest bubble all that can happen has happened after Wait, so
// that "no other request" needs no pause to be seen.
type stage struct {
	*Client
	arrived chan string
	answers chan http.HandlerFunc
}

// errNoServer is how the stage's server is not reached: it is the answer nil.
var errNoServer = errors.New("no route to host")

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{arrived: make(chan string, 1000), answers: make(chan http.HandlerFunc)}
	s.Client = NewClient(Config{Connection: Connection{
		BaseURL:  &url.URL{Scheme: "https", Host: "ghes.example.com", Path: "/api/v3/"},
		Username: "octocat", Password: "correct-horse", RoundTripper: roundTrip(s.roundTrip),
	}})
	return s
}

func (s *stage) roundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == "/api/v3/meta" { // a 403 is asked about
		return nil, errNoServer
	}
	s.arrived <- req.Method
	select {
	case answer := <-s.answers:
		if answer == nil {
			return nil, errNoServer
		}
		w := httptest.NewRecorder()
		answer(w, req)
		resp := w.Result()
		resp.Request = req
		return resp, nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// start makes n calls at once and returns where their errors come.
func (s *stage) start(ctx context.Context, n int) <-chan error {
	results := make(chan error, n)
	for range n {
		go func() { results <- s.DeleteGrant(ctx, 1) }()
	}
	synctest.Wait()
	return results
}

// answer answers n of the requests that wait, alike.
func (s *stage) answer(n int, with http.HandlerFunc) {
	for range n {
		s.answers <- with
	}
	synctest.Wait()
}

// want checks how many requests came since it was asked last.
func (s *stage) want(t *testing.T, n int) {
	t.Helper()
	if got := len(s.arrived); got != n {
		t.Errorf("%d requests, want %d", got, n)
	}
	for range len(s.arrived) {
		<-s.arrived
	}
}

// wantNotSent checks that an error refers to the first one.
func wantNotSent(t *testing.T, err, first error) {
	t.Helper()
	notSent, ok := errors.AsType[*NotSentError](err)
	if !ok || notSent.First != first { //nolint:errorlint // It is that very error.
		t.Errorf("error %v, want one that refers to %v", err, first)
	}
}

func TestGate_refused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"password": {reply(401, `{"message":"Bad credentials"}`), ErrBadCredentials},
		"token":    {reply(403, `{"message":"This API can only be accessed with username and password Basic Auth"}`), ErrTokenAuth},
		"lockout":  {reply(403, `{"message":"Maximum number of login attempts exceeded. Please try again later."}`), ErrLockedOut},
		"code": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Github-Otp", "required; app")
			reply(401, `{}`)(w, r)
		}, ErrOTP},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				results := s.start(t.Context(), 50)
				s.want(t, 1)
				s.answer(1, test.answer)
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

// What proves the credentials lets all go at once; what does not lets the next
// one try, alone.
func TestGate_first(t *testing.T) {
	t.Parallel()
	web := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
		}
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		next   int
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
		"web page":           {web(200), 1},
		"web page not found": {web(404), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				results := s.start(t.Context(), 50)
				s.want(t, 1)
				s.answer(1, test.answer)
				if n := len(results); n != 1 {
					t.Errorf("%d have an answer", n)
				}
				s.want(t, test.next)
				if test.next == 1 {
					s.answer(1, reply(204, ``))
					s.want(t, 48)
				}
				s.answer(50-1-min(1, 50-1-test.next), reply(204, ``))
				if n := len(results); n != 50 {
					t.Errorf("%d have an answer at the end", n)
				}
			})
		})
	}
}

// Fifty timeouts one after the other would help nobody.
func TestGate_noServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		results := s.start(t.Context(), 50)
		s.answer(1, nil)
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
		// It is not held against those who come later.
		results = s.start(t.Context(), 2)
		s.want(t, 1)
		s.answer(1, reply(204, ``))
		s.answer(1, reply(204, ``))
		for range 2 {
			if err := <-results; err != nil {
				t.Errorf("afterwards: error %v", err)
			}
		}
	})
}

func TestGate_firstCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		ctx, cancel := context.WithCancel(t.Context())
		first := s.start(ctx, 1)
		others := s.start(t.Context(), 3)
		s.want(t, 1)
		cancel()
		if err := <-first; err != context.Canceled { //nolint:errorlint // Nothing around it.
			t.Errorf("error %v", err)
		}
		synctest.Wait()
		s.want(t, 1)
		s.answer(1, reply(204, ``))
		s.want(t, 2)
		s.answer(2, reply(204, ``))
		for range 3 {
			if err := <-others; err != nil {
				t.Errorf("another: error %v", err)
			}
		}
	})
}

func TestGate_waitingCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		first := s.start(t.Context(), 1)
		ctx, cancel := context.WithCancel(t.Context())
		others := s.start(ctx, 3)
		cancel()
		synctest.Wait()
		if n := len(others); n != 3 {
			t.Fatalf("%d of 3 have returned", n)
		}
		for range 3 {
			if err := <-others; err != context.Canceled { //nolint:errorlint // Nothing around it.
				t.Errorf("error %v", err)
			}
		}
		s.answer(1, reply(204, ``))
		if err := <-first; err != nil {
			t.Error(err)
		}
		s.want(t, 1)
	})
}

// A password may be changed, or an account locked, while Terraform runs.
func TestGate_refusedLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		first := s.start(t.Context(), 1)
		s.answer(1, reply(204, ``))
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		results := s.start(t.Context(), 2)
		s.want(t, 3)
		s.answer(1, reply(401, `{"message":"Bad credentials"}`))
		refusal := <-results
		wantIs(t, refusal, ErrBadCredentials)
		wantNotSent(t, <-s.start(t.Context(), 1), refusal)
		// What was under way is answered, but changes nothing.
		s.answer(1, reply(204, ``))
		if err := <-results; err != nil {
			t.Error(err)
		}
		wantNotSent(t, <-s.start(t.Context(), 1), refusal)
		s.want(t, 0)
	})
}
