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
	"time"
)

// never answers no request until the client hangs up.
func never(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// half sends the first half of an answer, and no more until the client hangs up.
func half(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"id":1,"token":"ghp_`)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// lookUp is how the client looks for what a lost answer has made.
const lookUp = "GET /authorizations?page=1&per_page=100 octocat:correct-horse"

func TestTimeout(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		status  int
		want    string
	}{
		"no answer":      {never, 0, `POST PREFIX/authorizations: no response in time: an authorization with note "" may be left on the server`},
		"half an answer": {half, http.StatusCreated, `POST PREFIX/authorizations: 201 Created: no response in time: an authorization with note "" may be left on the server`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := &requests{}
			server := httptest.NewServer(sent.keep(nothing(test.handler)))
			t.Cleanup(server.Close)
			c := connect(t, server, Config{Connection: Connection{Timeout: 200 * time.Millisecond}})
			_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{})
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Status != test.status || !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("error %#v", err)
			}
			wantError(t, err, test.want)
			wantIs(t, err)
			sent.want(t, `POST /authorizations octocat:correct-horse {"scopes":[]}`, lookUp)
		})
	}
}

// Whoever cancels gets the context's error as it is, wherever the request was.
func TestContext_cancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { cancel(); never(w, r) })
	_, err := c.UpdateAuthorization(ctx, 1, AuthorizationUpdate{})
	if err != context.Canceled { //nolint:errorlint // Nothing around it.
		t.Errorf("error %#v", err)
	}
}

func TestContext_cancelledWhileReading(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		time.AfterFunc(50*time.Millisecond, cancel) // the status is there, the body is not
		half(w, r)
	})
	_, err := c.UpdateAuthorization(ctx, 1, AuthorizationUpdate{})
	if err != context.Canceled { //nolint:errorlint // Nothing around it.
		t.Errorf("error %#v", err)
	}
}

func TestContext_deadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c, _ := serve(t, never)
	if err := c.DeleteGrant(ctx, 1); err != context.DeadlineExceeded { //nolint:errorlint // Nothing around it.
		t.Errorf("error %#v", err)
	}
}

func TestContext_alreadyCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, op := range operations() {
		c, sent := serve(t, reply(op.taken[0], op.body))
		if err := op.call(ctx, c); err != context.Canceled { //nolint:errorlint // Nothing around it.
			t.Errorf("%s: error %#v", name, err)
		}
		sent.want(t)
	}
}

func TestConnection_refused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(nil)
	c := connect(t, server, Config{})
	server.Close()
	_, err := c.ListAuthorizations(t.Context(), "client-id")
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != 0 || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("error %#v", err)
	}
	wantError(t, err, "GET PREFIX/authorizations: dial tcp "+strings.TrimPrefix(server.URL, "http://")+": connect: connection refused")
	wantIs(t, err)
}

func TestConnection_dropped(t *testing.T) {
	t.Parallel()
	for name, op := range operations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
			err := op.call(t.Context(), c)
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Status != 0 || !errors.Is(err, io.EOF) {
				t.Errorf("error %#v", err)
			}
			wantIs(t, err)
			// A repeat might make a second token.
			if n, looks := sent.count(""), sent.count("GET /authorizations?"); n-looks > 1 || looks > 1 {
				t.Errorf("%d requests, %d of them for the list", n, looks)
			}
		})
	}
}

func TestConnection_untrusted(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("sent %s, Authorization %q", r.RequestURI, r.Header.Get("Authorization"))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it reports the handshake
	server.StartTLS()
	t.Cleanup(server.Close)
	base := apiRoot(t, server.URL+"/api/v3")
	c := NewClient(Config{Connection: Connection{BaseURL: base, Username: "octocat", Password: "correct-horse", RoundTripper: http.DefaultTransport}})
	err := c.DeleteGrant(t.Context(), 1)
	if err == nil || !strings.HasPrefix(err.Error(), "DELETE /api/v3/applications/grants/1: tls: failed to verify certificate: ") {
		t.Errorf("error %v", err)
	}
}

// A create that is under way when the run is interrupted is waited for: its
// answer has the only copy of a token that is valid already.
func TestCreate_interrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		interrupt()
		time.Sleep(50 * time.Millisecond) // long enough to be cut off
		reply(http.StatusCreated, `{"id":1,"token":"made-up"}`)(w, r)
	})
	a, err := c.CreateAuthorization(ctx, AuthorizationRequest{Note: "ci"})
	if err != nil || a.Token != "made-up" {
		t.Errorf("got %+v, error %v", a, err)
	}
	if _, err := c.CreateAuthorization(ctx, AuthorizationRequest{Note: "next"}); !errors.Is(err, context.Canceled) {
		t.Errorf("the next one: error %v", err)
	}
}

// What came instead of HTTP is not repeated.
func TestNotHTTP(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"HTTP/1.1 201 Created\r\n{\"token\":\"made-up\"}\r\n\r\n": "the response is not HTTP",
		"SSH-2.0-made-up\r\n": "the response is not HTTP",
		"":                    "the server closed the connection without a response",
	} {
		c, _ := serve(t, nothing(func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = connection.Write([]byte(answer))
			_ = connection.Close()
		}))
		_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
		wantError(t, err, "POST PREFIX/authorizations: "+want+`: an authorization with note "ci" may be left on the server`)
	}
}
