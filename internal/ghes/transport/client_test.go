package transport

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Without GetBody net/http cannot send a request again by itself. The server may have created a token for
// the first one.
func TestNewRequest_getBody(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, nil)
	for method, want := range map[string]bool{
		http.MethodPost: false, http.MethodPut: false, http.MethodPatch: true, http.MethodDelete: true,
	} {
		req, err := c.newRequest(t.Context(), Request{Method: method, Path: "authorizations", Body: map[string]string{"note": "ci"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := req.GetBody != nil; got != want {
			t.Errorf("%s: GetBody is set: %t, want %t", method, got, want)
		}
		if body, err := io.ReadAll(req.Body); err != nil || string(body) != `{"note":"ci"}`+"\n" {
			t.Errorf("%s: body %q, %v", method, body, err)
		}
	}
}

// The next transport does not get a GetBody either.
func TestSend_getBody(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]bool{http.MethodPost: false, http.MethodPut: false, http.MethodPatch: true} {
		c := newTestClient(t, roundTrip(func(req *http.Request) (*http.Response, error) {
			if got := req.GetBody != nil; got != want {
				t.Errorf("%s: GetBody is set: %t, want %t", method, got, want)
			}
			return response(http.StatusOK), nil
		}))
		if a, _ := c.Send(t.Context(), Request{Method: method, Body: []string{}}, Budget{}); a.Outcome != Complete {
			t.Errorf("%s: %+v", method, a)
		}
	}
}

// The limit is for the decompressed body, so that a small response cannot fill the memory.
func TestSend_maxBody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status, size int
		isZipped     bool
		isTooLarge   bool
		outcome      Outcome
	}{
		"largest":                        {200, MaxBody, false, false, Complete},
		"too large":                      {200, MaxBody + 1, false, true, Unknown},
		"largest, compressed":            {200, MaxBody, true, false, Complete},
		"too large, compressed":          {200, MaxBody + 1, true, true, Unknown},
		"100 times, compressed":          {200, 100 * MaxBody, true, true, Unknown},
		"error, too large":               {500, MaxBody + 1, true, true, Unknown},
		"not found, too large":           {404, MaxBody + 1, true, true, Rejected},
		"credentials refused, too large": {401, MaxBody + 1, true, false, Complete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				var out io.Writer = w
				if test.isZipped {
					w.Header().Set("Content-Encoding", "gzip")
					zipped := gzip.NewWriter(w)
					defer zipped.Close()
					out = zipped
				}
				w.WriteHeader(test.status)
				// The client closes the connection if the body is too large, so errors are expected.
				_, _ = io.CopyN(out, zeros{}, int64(test.size))
			}))
			t.Cleanup(server.Close)
			c := New(testConfig(t, server.URL, server.Client().Transport))
			a, _ := c.Send(t.Context(), Request{Method: http.MethodGet, Path: "authorizations"}, NewBudget(3, 0, 0))
			if _, isTooLarge := errors.AsType[*http.MaxBytesError](a.Err); isTooLarge != test.isTooLarge || len(a.Body) != min(test.size, MaxBody) {
				t.Errorf("error %v, and a body of %d bytes", a.Err, len(a.Body))
			}
			if a.Response.StatusCode != test.status || a.Outcome != test.outcome || a.Number != 1 {
				t.Errorf("status %d, outcome %d, attempt %d, want status %d, outcome %d, attempt 1", a.Response.StatusCode, a.Outcome, a.Number, test.status, test.outcome)
			}
		})
	}
}

// zeros is an endless text.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Send returns the last attempt, its number, and what is left of the budget.
func TestSend_retries(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method   string
		statuses []int // of the responses in turn
		attempts int
		outcome  Outcome
	}{
		"success":                   {http.MethodGet, []int{200}, 1, Complete},
		"success after errors":      {http.MethodGet, []int{502, 500, 200}, 3, Complete},
		"errors":                    {http.MethodGet, []int{502, 502, 502, 502}, 4, Unknown},
		"create, success":           {http.MethodPost, []int{201}, 1, Complete},
		"create, lost":              {http.MethodPost, []int{502, 201}, 1, Unknown},
		"create, limited":           {http.MethodPost, []int{429, 429, 201}, 3, Complete},
		"create, limited then lost": {http.MethodPut, []int{429, 504, 201}, 2, Unknown},
		"refused":                   {http.MethodDelete, []int{401, 204}, 1, Complete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				c := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
					sent++
					return response(test.statuses[sent-1]), nil
				}))
				start := time.Now()
				a, rest := c.Send(t.Context(), Request{Method: test.method, Path: "authorizations"}, NewBudget(3, time.Minute, time.Second))
				if a.Number != test.attempts || sent != test.attempts || a.Outcome != test.outcome {
					t.Errorf("attempt %d of %d, outcome %d, want attempt %d, outcome %d", a.Number, sent, a.Outcome, test.attempts, test.outcome)
				}
				if rest.Retries != 3-(test.attempts-1) || rest.Wait != time.Minute-time.Since(start) {
					t.Errorf("%d retries and %s are left after %s", rest.Retries, rest.Wait, time.Since(start))
				}
			})
		})
	}
}

// The error of a context that ends during a wait replaces that of the attempt. Nothing is sent after it.
func TestSend_cancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			sent++
			return response(http.StatusServiceUnavailable, "Retry-After", "20"), nil
		}))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		start := time.Now()
		a, _ := c.Send(ctx, Request{Method: http.MethodPost}, NewBudget(3, time.Minute, time.Second))
		if took := time.Since(start); took != 5*time.Second || !errors.Is(a.Err, context.Canceled) || sent != 1 {
			t.Errorf("error %v after %s and %d requests", a.Err, took, sent)
		}
		a, _ = c.Send(ctx, Request{Method: http.MethodPost}, NewBudget(3, time.Minute, time.Second))
		if !errors.Is(a.Err, context.Canceled) || a.Outcome != NotSent || sent != 1 {
			t.Errorf("afterwards: %+v, %d requests", a, sent)
		}
	})
}

// A create has 5 seconds more than its context. Other requests end with it.
func TestSend_grace(t *testing.T) {
	t.Parallel()
	for method, grace := range map[string]time.Duration{
		http.MethodPost: 5 * time.Second, http.MethodPut: 5 * time.Second,
		http.MethodGet: 0, http.MethodPatch: 0, http.MethodDelete: 0,
	} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				var ended time.Time
				c := newTestClient(t, roundTrip(func(req *http.Request) (*http.Response, error) {
					cancel()
					<-req.Context().Done()
					ended = time.Now()
					return nil, req.Context().Err()
				}))
				start := time.Now()
				a, _ := c.Send(ctx, Request{Method: method, Body: []string{}}, NewBudget(3, time.Minute, time.Second))
				if got := ended.Sub(start); got != grace || a.Outcome != Unknown || !errors.Is(a.Err, context.Canceled) {
					t.Errorf("the request ended after %s, want %s; outcome %d, error %v", got, grace, a.Outcome, a.Err)
				}
			})
		})
	}
}

// A request for which there was no connection was not sent.
func TestSend_noConnection(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(server.Close)
	for name, test := range map[string]struct {
		transport *http.Transport
		outcome   Outcome
	}{
		"connection fails":  {failingDial(errors.New("no route to host")), NotSent},
		"connection closed": {&http.Transport{}, Unknown},
	} {
		c := New(testConfig(t, server.URL, test.transport))
		a, _ := c.Send(t.Context(), Request{Method: http.MethodPost, Body: []string{}}, Budget{})
		if a.Response != nil || a.Err == nil || a.Outcome != test.outcome {
			t.Errorf("%s: outcome %d, error %v, want outcome %d", name, a.Outcome, a.Err, test.outcome)
		}
		test.transport.CloseIdleConnections()
	}
}

// The text of an error has neither the method nor the address.
func TestSend_errorText(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }))
	a, _ := c.Send(t.Context(), Request{Method: http.MethodGet, Path: "authorizations?client_id=secret"}, Budget{})
	if a.Err != io.ErrUnexpectedEOF { //nolint:errorlint // The error must not be wrapped.
		t.Errorf("error %v", a.Err)
	}
	a, _ = c.Send(t.Context(), Request{Method: http.MethodGet, Path: "%zz?secret"}, Budget{})
	if a.Err == nil || strings.Contains(a.Err.Error(), "secret") || a.Outcome != NotSent {
		t.Errorf("outcome %d, error %v", a.Outcome, a.Err)
	}
}
