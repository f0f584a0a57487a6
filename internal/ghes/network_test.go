package ghes

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// noResponse waits until the client hangs up.
func noResponse(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// halfResponse sends the first half of a response, and then waits until the client hangs up.
func halfResponse(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"id":1,"token":"ghp_`)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		status  int
		want    string
	}{
		"no response":     {noResponse, 0, `POST PREFIX/authorizations: no response in time: an authorization with note "" may be left on the server`},
		"half a response": {halfResponse, http.StatusCreated, `POST PREFIX/authorizations: 201 Created: no response in time: an authorization with note "" may be left on the server`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const timeout = 200 * time.Millisecond
				c, sent := serveInProcess(t, emptyList(test.handler), Config{Connection: Connection{Timeout: timeout}})
				start := time.Now()
				_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{})
				if took := time.Since(start); took != timeout {
					t.Errorf("took %s, want %s", took, timeout)
				}
				e, ok := errors.AsType[*Error](err)
				if !ok || e.Status != test.status || !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("error %#v", err)
				}
				wantError(t, err, test.want)
				wantIs(t, err)
				sent.want(t, `POST /authorizations octocat:correct-horse {"scopes":[]}`, listRequest)
			})
		})
	}
}

// A cancelled call returns the context's error itself, at each stage of the request.
func TestContext_cancelled(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{"before the response": noResponse, "amid the response": halfResponse} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				c, sent := serveInProcess(t, handler, Config{})
				result := make(chan error, 1)
				go func() {
					_, err := c.UpdateAuthorization(ctx, 1, AuthorizationUpdate{})
					result <- err
				}()
				synctest.Wait() // for the rest of the response
				cancel()
				wantCanceled(t, <-result)
				if n := sent.count("PATCH"); n != 1 {
					t.Errorf("%d requests, want 1", n)
				}
			})
		})
	}
}

func TestContext_deadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		c, _ := serveInProcess(t, noResponse, Config{})
		if err := c.DeleteGrant(ctx, 1); err != context.DeadlineExceeded { //nolint:errorlint // The error must not be wrapped.
			t.Errorf("error %#v", err)
		}
	})
}

func TestContext_alreadyCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, op := range operations() {
		c, sent := serve(t, reply(op.statuses[0], op.body))
		wantCanceled(t, op.call(ctx, c))
		sent.want(t)
	}
}

func TestConnection_refused(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, "http://ghes.example.com", Config{Connection: Connection{RoundTripper: refused()}})
	_, err := c.ListAuthorizations(t.Context(), "client-id")
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != 0 || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("error %#v", err)
	}
	wantError(t, err, "GET PREFIX/authorizations: dial tcp 192.0.2.1:443: connect: connection refused")
	wantIs(t, err)
}

func TestConnection_closed(t *testing.T) {
	t.Parallel()
	for name, op := range operations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, drop)
			err := op.call(t.Context(), c)
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Status != 0 || !errors.Is(err, io.EOF) {
				t.Errorf("error %#v", err)
			}
			wantIs(t, err)
			// A retry might create a second token.
			if n, searches := sent.count(""), sent.count("GET /authorizations?"); n-searches > 1 || searches > 1 {
				t.Errorf("%d requests, %d of them for the list", n, searches)
			}
		})
	}
}

func TestConnection_untrusted(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("received %s, Authorization %q", r.RequestURI, r.Header.Get("Authorization"))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // The server reports the handshake.
	server.StartTLS()
	t.Cleanup(server.Close)
	base := apiRoot(t, server.URL+"/api/v3")
	c := NewClient(Config{Connection: Connection{BaseURL: base, Username: "octocat", Password: "correct-horse", RoundTripper: http.DefaultTransport}})
	err := c.DeleteGrant(t.Context(), 1)
	if err == nil || !strings.HasPrefix(err.Error(), "DELETE /api/v3/applications/grants/1: tls: failed to verify certificate: ") {
		t.Errorf("error %v", err)
	}
}

// If the run is interrupted amid a create, the client waits for the response: it has the only copy of
// a token that is valid already.
func TestCreate_interrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		c, _ := serveInProcess(t, func(w http.ResponseWriter, r *http.Request) {
			interrupt()
			time.Sleep(4 * time.Second) // The client waits for 5 seconds.
			reply(http.StatusCreated, `{"id":1,"token":"made-up"}`)(w, r)
		}, Config{})
		a, err := c.CreateAuthorization(ctx, AuthorizationRequest{Note: "ci"})
		if err != nil || a.Token != "made-up" {
			t.Errorf("got %+v, error %v", a, err)
		}
		if _, err := c.CreateAuthorization(ctx, AuthorizationRequest{Note: "next"}); !errors.Is(err, context.Canceled) {
			t.Errorf("the next create: error %v", err)
		}
	})
}

// After these 5 seconds the response is lost. The client has as long again to find its result.
func TestCreate_interruptedTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		c, sent := serveInProcess(t, emptyList(func(w http.ResponseWriter, r *http.Request) {
			interrupt()
			noResponse(w, r)
		}), Config{})
		start := time.Now()
		_, err := c.CreateAuthorization(ctx, AuthorizationRequest{Note: "ci"})
		wantError(t, err, `POST PREFIX/authorizations: context canceled: an authorization with note "ci" may be left on the server`)
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("took %s, want 5s", took)
		}
		sent.want(t, `POST /authorizations octocat:correct-horse {"scopes":[],"note":"ci"}`, listRequest)
	})
}

// A response that is not HTTP is not retried.
func TestNotHTTP(t *testing.T) {
	t.Parallel()
	for response, want := range map[string]string{
		"HTTP/1.1 201 Created\r\n{\"token\":\"made-up\"}\r\n\r\n": "the response is not HTTP",
		"SSH-2.0-made-up\r\n": "the response is not HTTP",
		"":                    "the server closed the connection without a response",
	} {
		c, sent := serve(t, emptyList(func(w http.ResponseWriter, _ *http.Request) { hijack(w, response) }))
		_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
		wantError(t, err, "POST PREFIX/authorizations: "+want+`: an authorization with note "ci" may be left on the server`)
		if n := sent.count("POST"); n != 1 {
			t.Errorf("%q: %d requests, want 1", response, n)
		}
	}
}
