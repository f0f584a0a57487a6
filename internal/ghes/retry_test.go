package ghes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// retryCase is a fault, and how often the client then sends a request if it may send it three times.
type retryCase struct {
	handler  http.HandlerFunc
	attempts int
	isLost   bool // whether the client looks for the result of a create
}

// retryCases returns faults by name. A request that creates is retried only if the server cannot
// have acted, or after the client has looked for the result.
func retryCases() map[string]retryCase {
	const once, always = 1, 3
	cutShort := reply(201, `{"id":1`, "Content-Length", "100")
	return map[string]retryCase{
		"429":                         {reply(429, `{}`), always, false},
		"429 with a time":             {reply(429, `{}`, "Retry-After", "0"), always, false},
		"403":                         {reply(403, `{"message":"Suspended"}`), once, false},
		"403 with a time":             {reply(403, `{}`, "Retry-After", "0"), always, false},
		"403 with an invalid time":    {reply(403, `{}`, "Retry-After", "-5"), once, false},
		"403, nothing remains":        {reply(403, `{}`, "X-RateLimit-Remaining", "0"), always, false},
		"403, something remains":      {reply(403, `{}`, "X-RateLimit-Remaining", "1"), once, false},
		"403, secondary":              {reply(403, `{"message":"You have exceeded a secondary rate limit."}`), always, false},
		"403, abuse":                  {reply(403, `{"message":"You have triggered an abuse detection mechanism."}`), always, false},
		"403, documented":             {reply(403, `{"documentation_url":"https://docs.example.com/#abuse-rate-limits"}`), always, false},
		"403, locked out with a time": {reply(403, `{"message":"Maximum number of login attempts exceeded."}`, "Retry-After", "0"), once, false},
		"403, a token with a time":    {reply(403, `{"message":"This API can only be accessed with username and password Basic Auth"}`, "Retry-After", "0"), once, false},
		"401":                         {reply(401, `{}`, "Retry-After", "0"), once, false},
		"404":                         {reply(404, `{"message":"Not Found"}`), once, false},
		"422":                         {reply(422, `{"message":"Validation Failed"}`), once, false},
		"500":                         {reply(500, `{}`), always, true},
		"501":                         {reply(501, `{}`), once, false},
		"502":                         {reply(502, `{}`), always, true},
		"502 with a time":             {reply(502, `{}`, "Retry-After", "0"), always, true},
		"503":                         {reply(503, `{}`), always, true},
		"503 with a time":             {reply(503, `{}`, "Retry-After", "0"), always, false},
		"504":                         {reply(504, `{}`), always, true},
		"redirect":                    {reply(302, `{}`, "Location", "https://elsewhere.example.com/"), once, false},
		"sign-in page":                {webPage(200), once, false},
		"connection closed":           {drop, always, true},
		"response cut short":          {cutShort, always, true},
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	for fault, test := range retryCases() {
		for name, op := range operations() {
			if strings.Contains(name, "list") || name == "get" { // These send other requests, too.
				continue
			}
			t.Run(fault+", "+name, func(t *testing.T) {
				t.Parallel()
				test.check(t, op)
			})
		}
	}
}

// check runs an operation against a server with the fault, and counts the attempts and the searches
// for the result of a lost create.
func (r retryCase) check(t *testing.T, op operation) {
	t.Helper()
	handler, attempts, searches := r.handler, r.attempts, 0
	switch {
	case op.creates && r.isLost && op.once:
		attempts = 1
	case op.creates:
		handler = emptyList(handler)
		if r.isLost {
			searches = attempts
		}
	}
	c, sent := serveWith(t, handler, Config{MaxRetries: 2, MaxWait: time.Minute, Backoff: time.Millisecond})
	err := op.call(t.Context(), c)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Attempts != attempts || strings.HasSuffix(err.Error(), ", after 3 attempts") != (attempts == 3) {
		t.Errorf("error %v, want one after %d attempts", err, attempts)
	}
	got := sent.count("GET /authorizations?")
	if got != searches {
		t.Errorf("%d searches for the result, want %d", got, searches)
	}
	if n := sent.count("") - got - sent.count("GET /meta"); n != attempts {
		t.Errorf("%d requests, want %d", n, attempts)
	}
}

// refused returns a transport whose connections the server refuses. A port that a test has closed may
// be in use again, by another test.
func refused() *http.Transport {
	return &http.Transport{DialContext: func(_ context.Context, network, _ string) (net.Conn, error) {
		return nil, &net.OpError{
			Op: "dial", Net: network, Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443},
			Err: os.NewSyscallError("connect", syscall.ECONNREFUSED),
		}
	}}
}

// Without a connection, the server has not acted on a create either.
func TestRetries_noConnection(t *testing.T) {
	t.Parallel()
	for name, op := range operations() {
		c := newTestClient(t, "http://ghes.example.com", Config{
			Connection: Connection{RoundTripper: refused()}, MaxRetries: 2, MaxWait: time.Minute, Backoff: time.Millisecond,
		})
		err := op.call(t.Context(), c)
		if e, ok := errors.AsType[*Error](err); !ok || e.Attempts != 3 || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s: error %v", name, err)
		}
		if _, ok := errors.AsType[*LeftBehindError](err); ok {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Neither an untrusted certificate nor a missing one-time code is retried.
func TestRetries_permanent(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(reply(http.StatusNoContent, ""))
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	for name, cfg := range map[string]Config{
		"certificate": {Connection: Connection{RoundTripper: &http.Transport{}}},
		"no code":     {Connection: Connection{OTP: func() (string, error) { return "", errors.New("no code can be computed") }}},
	} {
		cfg.MaxRetries, cfg.MaxWait, cfg.Backoff = 2, time.Minute, time.Millisecond
		err := connect(t, server, cfg).DeleteGrant(t.Context(), 1)
		if e, ok := errors.AsType[*Error](err); !ok || e.Attempts != 1 {
			t.Errorf("%s: error %v", name, err)
		}
		_, err = connect(t, server, cfg).CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
		if _, ok := errors.AsType[*LeftBehindError](err); err == nil || ok {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Each attempt has a one-time code of its own, since a code is valid once.
func TestOTP_retries(t *testing.T) {
	t.Parallel()
	var got []string
	code := 123455
	c, _ := serveWith(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("X-Github-Otp"))
		reply(http.StatusBadGateway, `{"message":"not `+got[len(got)-1]+`"}`)(w, r)
	}, Config{MaxRetries: 2, MaxWait: time.Minute, Backoff: time.Millisecond, Connection: Connection{OTP: func() (string, error) {
		code++
		return fmt.Sprint(code), nil
	}}})
	wantError(t, c.DeleteGrant(t.Context(), 1), "DELETE PREFIX/applications/grants/1: 502 Bad Gateway: \"not ***\", after 3 attempts")
	if fmt.Sprint(got) != "[123456 123457 123458]" {
		t.Errorf("sent %v", got)
	}
}

// If an attempt deletes an authorization and its response is lost, the retry finds none.
func TestRetries_deleted(t *testing.T) {
	t.Parallel()
	var deletes atomic.Int64
	c, _ := serveWith(t, func(w http.ResponseWriter, r *http.Request) {
		if deletes.Add(1) == 1 {
			drop(w, r)
		}
		reply(http.StatusNotFound, notFound)(w, r)
	}, Config{MaxRetries: 1, MaxWait: time.Minute, Backoff: time.Millisecond})
	wantIs(t, c.DeleteAuthorization(t.Context(), 1), ErrNotFound)
}

// A response that takes too long is retried like one that is lost.
func TestRetries_timeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, sent := serveInProcess(t, halfResponse, Config{
			Connection: Connection{Timeout: 10 * time.Second}, MaxRetries: 2, MaxWait: time.Minute, Backoff: time.Second,
		})
		start := time.Now()
		err := c.DeleteGrant(t.Context(), 1)
		if timeout, ok := errors.AsType[net.Error](err); !ok || !timeout.Timeout() {
			t.Errorf("error %#v", err)
		}
		if n := sent.count("DELETE "); n != 3 {
			t.Errorf("%d requests, want 3", n)
		}
		// The waits between the attempts are 0.5 to 1 and 1 to 2 seconds.
		if took := time.Since(start); took < 31500*time.Millisecond || took > 33*time.Second {
			t.Errorf("took %s, want three timeouts of 10 s and two waits", took)
		}
	})
}
