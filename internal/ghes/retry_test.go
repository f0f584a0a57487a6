package ghes

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// answers answers every request alike, with headers in pairs.
func answers(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		reply(status, body)(w, r)
	}
}

// makers are the operations that make something.
var makers = map[string]bool{"create": true, "get or create": true, "get or create by fingerprint": true}

// What is repeated, of what can go wrong: everything that may pass, but a request
// that makes something only where the server has not acted on it, or where what
// it made is looked for.
func TestRepeats(t *testing.T) {
	t.Parallel()
	const once, always = 1, 3
	for fault, test := range map[string]struct {
		handler http.HandlerFunc
		sent    int
		looks   bool // whether what was made is looked for
	}{
		"429":                         {answers(429, `{}`), always, false},
		"429 with a time":             {answers(429, `{}`, "Retry-After", "0"), always, false},
		"403":                         {answers(403, `{"message":"Suspended"}`), once, false},
		"403 with a time":             {answers(403, `{}`, "Retry-After", "0"), always, false},
		"403 with a time, odd":        {answers(403, `{}`, "Retry-After", "-5"), once, false},
		"403, nothing remains":        {answers(403, `{}`, "X-RateLimit-Remaining", "0"), always, false},
		"403, something remains":      {answers(403, `{}`, "X-RateLimit-Remaining", "1"), once, false},
		"403, secondary":              {answers(403, `{"message":"You have exceeded a secondary rate limit."}`), always, false},
		"403, abuse":                  {answers(403, `{"message":"You have triggered an abuse detection mechanism."}`), always, false},
		"403, documented":             {answers(403, `{"documentation_url":"https://docs.example.com/#abuse-rate-limits"}`), always, false},
		"403, locked out with a time": {answers(403, `{"message":"Maximum number of login attempts exceeded."}`, "Retry-After", "0"), once, false},
		"403, a token with a time":    {answers(403, `{"message":"This API can only be accessed with username and password Basic Auth"}`, "Retry-After", "0"), once, false},
		"401":                         {answers(401, `{}`, "Retry-After", "0"), once, false},
		"404":                         {answers(404, `{"message":"Not Found"}`), once, false},
		"422":                         {answers(422, `{"message":"Validation Failed"}`), once, false},
		"500":                         {answers(500, `{}`), always, true},
		"501":                         {answers(501, `{}`), once, false},
		"502":                         {answers(502, `{}`), always, true},
		"502 with a time":             {answers(502, `{}`, "Retry-After", "0"), always, true},
		"503":                         {answers(503, `{}`), always, true},
		"503 with a time":             {answers(503, `{}`, "Retry-After", "0"), always, false},
		"504":                         {answers(504, `{}`), always, true},
		"redirect":                    {answers(302, `{}`, "Location", "https://elsewhere.example.com/"), once, false},
		"sign-in page":                {answers(200, `<p>Sign in`, "Content-Type", "text/html"), once, false},
		"dropped":                     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, always, true},
		"cut short": {func(w http.ResponseWriter, r *http.Request) {
			answers(201, `{"id":1`, "Content-Length", "100")(w, r)
		}, always, true},
	} {
		for name, op := range operations() {
			if strings.Contains(name, "list") || name == "get" { // they ask for more than one thing
				continue
			}
			t.Run(fault+", "+name, func(t *testing.T) {
				t.Parallel()
				handler := test.handler
				if fault == "sign-in page" {
					handler = func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") }
				}
				if makers[name] {
					handler = nothing(handler)
				}
				sent := &requests{}
				server := httptest.NewServer(sent.keep(handler))
				t.Cleanup(server.Close)
				c := connect(t, server, Config{MaxRetries: 2, MaxWait: time.Minute, Backoff: time.Millisecond})
				err := op.call(t.Context(), c)
				e, ok := errors.AsType[*Error](err)
				if !ok || e.Attempts != test.sent || strings.HasSuffix(err.Error(), ", after 3 attempts") != (test.sent == always) {
					t.Errorf("error %v", err)
				}
				looks := sent.count("GET /authorizations?")
				if n := sent.count("") - looks - sent.count("GET /meta"); n != test.sent {
					t.Errorf("%d requests, want %d", n, test.sent)
				}
				if want := makers[name] && test.looks; (looks > 0) != want || want && looks != test.sent {
					t.Errorf("looked %d times for what was made", looks)
				}
			})
		}
	}
}

// Where no connection came about the server has done nothing.
func TestRepeats_unreached(t *testing.T) {
	t.Parallel()
	for name, op := range operations() {
		server := httptest.NewServer(nil)
		c := connect(t, server, Config{MaxRetries: 2, MaxWait: time.Minute, Backoff: time.Millisecond})
		server.Close()
		err := op.call(t.Context(), c)
		if e, ok := errors.AsType[*Error](err); !ok || e.Attempts != 3 || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s: error %v", name, err)
		}
		if _, ok := errors.AsType[*LeftBehindError](err); ok {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Neither a certificate nor a guard changes its mind.
func TestRepeats_never(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(reply(http.StatusNoContent, ""))
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	for name, cfg := range map[string]Config{
		"certificate": {Connection: Connection{RoundTripper: &http.Transport{}}},
		"no code":     {Connection: Connection{OTP: func() (string, error) { return "", errors.New("no code to be had") }}},
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

// A code is good for one attempt only.
func TestOTP_repeats(t *testing.T) {
	t.Parallel()
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("X-Github-Otp"))
		reply(http.StatusBadGateway, `{"message":"not `+got[len(got)-1]+`"}`)(w, r)
	}))
	t.Cleanup(server.Close)
	code := 123455
	c := connect(t, server, Config{MaxRetries: 2, MaxWait: time.Minute, Backoff: time.Millisecond, Connection: Connection{OTP: func() (string, error) {
		code++
		return fmt.Sprint(code), nil
	}}})
	wantError(t, c.DeleteGrant(t.Context(), 1), "DELETE PREFIX/applications/grants/1: 502 Bad Gateway: not ***, after 3 attempts")
	if fmt.Sprint(got) != "[123456 123457 123458]" {
		t.Errorf("sent %v", got)
	}
}

// While the first call is repeated the others wait for it, and share its end.
func TestGate_repeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.config.MaxRetries, s.config.MaxWait, s.config.Backoff = 4, time.Minute, time.Second
		results := s.start(t.Context(), 20)
		for range 5 {
			s.want(t, 1)
			s.answer(1, reply(http.StatusBadGateway, `{}`))
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

// What is deleted by an attempt whose answer was lost is gone for the next one.
func TestRepeats_deleted(t *testing.T) {
	t.Parallel()
	first := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			panic(http.ErrAbortHandler)
		}
		reply(http.StatusNotFound, notFound)(w, r)
	}))
	t.Cleanup(server.Close)
	c := connect(t, server, Config{MaxRetries: 1, MaxWait: time.Minute, Backoff: time.Millisecond})
	wantIs(t, c.DeleteAuthorization(t.Context(), 1), ErrNotFound)
}

// An answer that takes too long is like one that does not come.
func TestRepeats_timeout(t *testing.T) {
	t.Parallel()
	sent := &requests{}
	server := httptest.NewServer(sent.keep(half))
	t.Cleanup(server.Close)
	c := connect(t, server, Config{MaxRetries: 2, MaxWait: time.Minute, Backoff: time.Millisecond, Connection: Connection{Timeout: 100 * time.Millisecond}})
	err := c.DeleteGrant(t.Context(), 1)
	if timeout, ok := errors.AsType[net.Error](err); !ok || !timeout.Timeout() {
		t.Errorf("error %#v", err)
	}
	if n := sent.count("DELETE "); n != 3 {
		t.Errorf("%d requests", n)
	}
}
