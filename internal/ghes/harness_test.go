package ghes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// prefix is the path of the API on the tests' servers. It is longer than on a real server, so that
// a path or an address outside the base URL is noticed.
const prefix = "/prefix/api/v3"

// hangTimeout is the timeout of attempts that are to succeed. However slow the machine is, only a
// hang takes that long. Tests of timeouts run in a synctest bubble, where time is simulated.
const hangTimeout = time.Hour

// requests is a log of the requests that a server received.
type requests struct {
	mu    sync.Mutex
	lines []string
}

// requestLine returns a request in one line: the method, the path and query without the prefix, the
// credentials, and the body.
func requestLine(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	username, password, _ := r.BasicAuth()
	line := fmt.Sprintf("%s %s %s:%s %s", r.Method, strings.TrimPrefix(r.RequestURI, prefix), username, password, body)
	return strings.TrimSpace(line)
}

// record returns a handler that logs each request before it calls handler.
func (r *requests) record(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		line := requestLine(req)
		r.mu.Lock()
		r.lines = append(r.lines, line)
		r.mu.Unlock()
		handler(w, req)
	}
}

// want checks all requests so far.
func (r *requests) want(t *testing.T, lines ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.lines, lines) {
		t.Errorf("the server received\n%s\nwant\n%s", strings.Join(r.lines, "\n"), strings.Join(lines, "\n"))
	}
}

// count returns the number of requests whose line begins with start.
func (r *requests) count(start string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, line := range r.lines {
		if strings.HasPrefix(line, start) {
			n++
		}
	}
	return n
}

// serve returns a client of a server that runs handler, and the log of that server's requests.
func serve(t *testing.T, handler http.HandlerFunc) (*Client, *requests) {
	t.Helper()
	return serveWith(t, handler, Config{Connection: Connection{Timeout: hangTimeout}})
}

// serveWith is serve for a client with a configuration.
func serveWith(t *testing.T, handler http.HandlerFunc, cfg Config) (*Client, *requests) {
	t.Helper()
	sent := &requests{}
	server := httptest.NewServer(sent.record(handler))
	t.Cleanup(server.Close)
	return connect(t, server, cfg), sent
}

// serveInProcess is serveWith for a synctest bubble.
func serveInProcess(t *testing.T, handler http.HandlerFunc, cfg Config) (*Client, *requests) {
	t.Helper()
	sent := &requests{}
	return connectInProcess(t, sent.record(handler), cfg), sent
}

// connect returns a client of server.
func connect(t testing.TB, server *httptest.Server, cfg Config) *Client {
	t.Helper()
	if cfg.RoundTripper == nil {
		cfg.RoundTripper = server.Client().Transport
	}
	return newTestClient(t, server.URL, cfg)
}

// connectInProcess returns a client of a server in this process, for a synctest bubble.
func connectInProcess(t *testing.T, handler http.Handler, cfg Config) *Client {
	t.Helper()
	cfg.RoundTripper = inProcess(t, handler)
	return newTestClient(t, "http://ghes.example.com", cfg)
}

// newTestClient returns a client of the server at an address.
func newTestClient(t testing.TB, address string, cfg Config) *Client {
	t.Helper()
	cfg.BaseURL, cfg.Username, cfg.Password, cfg.UserAgent = apiRoot(t, address+prefix), "octocat", "correct-horse", "test/1"
	return NewClient(cfg)
}

// apiRoot parses the root of the API at an address.
func apiRoot(t testing.TB, address string) *url.URL {
	t.Helper()
	root, err := url.Parse(address + "/")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// inProcess returns a transport to a server that runs handler. Client and server are those of
// net/http. Their connections are pipes in this process, so that in a synctest bubble no timeout
// depends on the speed of the machine: time passes only once all goroutines wait.
func inProcess(t *testing.T, handler http.Handler) http.RoundTripper {
	t.Helper()
	network := pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(network) }()
	transport := &http.Transport{DialContext: network.dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), hangTimeout)
		defer cancel()
		_ = server.Shutdown(ctx) // A handler may still wait. A bubble must not end before it.
		_ = server.Close()
	})
	return transport
}

// pipes is a net.Listener, and the way to connect to it.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error {
	close(p.closed)
	return nil
}

func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

// roundTrip is a transport of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// direct returns a transport that runs handler without a connection, and records the whole response
// before the client sees any of it.
func direct(handler http.Handler) roundTrip {
	return func(req *http.Request) (*http.Response, error) {
		received := req.Clone(req.Context())
		received.RequestURI, received.Host = req.URL.RequestURI(), req.URL.Host
		if received.Body == nil {
			received.Body = http.NoBody
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, received)
		resp := w.Result()
		resp.Request = req
		return resp, nil
	}
}

// reply responds to every request with the same status and JSON, and with headers, which are names
// and values in turn.
func reply(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if status != http.StatusNoContent {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
		}
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// drop closes the connection without a response.
func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// webPage responds with a status and an empty page of HTML.
func webPage(status int) http.HandlerFunc { return reply(status, "", "Content-Type", "text/html") }

// emptyList responds to a GET with an empty list, and calls handler otherwise: the client finds
// nothing when it looks for the result of a lost create.
func emptyList(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			reply(http.StatusOK, `[]`)(w, r)
			return
		}
		handler(w, r)
	}
}

// otherHost returns the address of a server that must receive no request.
func otherHost(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host received %s %s, Authorization %q", r.Method, r.RequestURI, r.Header.Get("Authorization"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// wantError checks the text of an error. PREFIX stands for the path of the API.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	got := fmt.Sprint(err)
	if want = strings.ReplaceAll(want, "PREFIX", prefix); got != want {
		t.Errorf("error:\n%s\nwant:\n%s", got, want)
	}
}

// wantIs checks that an error is all of want, and none of the other sentinels.
func wantIs(t *testing.T, err error, want ...error) {
	t.Helper()
	for _, sentinel := range []error{
		ErrNotFound, ErrNotOffered, ErrBadCredentials, ErrOTP, ErrTokenAuth,
		ErrLockedOut, ErrBadClient, ErrNotJSON, ErrRedirected,
	} {
		if got := errors.Is(err, sentinel); got != slices.Contains(want, sentinel) {
			t.Errorf("errors.Is(%v, %q) is %t", err, sentinel, got)
		}
	}
}

// wantCanceled checks that an error is that of a cancelled context, and nothing around it.
func wantCanceled(t *testing.T, err error) {
	t.Helper()
	if err != context.Canceled { //nolint:errorlint // The error must not be wrapped.
		t.Errorf("error %#v, want context.Canceled itself", err)
	}
}
