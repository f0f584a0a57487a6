package ghes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// prefix is where the tests' servers have the API. It is longer than on a real
// one, so that a path or an address which leaves the base URL shows.
const prefix = "/prefix/api/v3"

// requests are what a server was sent.
type requests struct {
	mu    sync.Mutex
	lines []string
}

// wire returns a request in one line: method, path and query as they came,
// without the prefix, credentials, and body.
func wire(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	username, password, _ := r.BasicAuth()
	line := fmt.Sprintf("%s %s %s:%s %s", r.Method, strings.TrimPrefix(r.RequestURI, prefix), username, password, body)
	return strings.TrimSpace(line)
}

// want checks all that came so far.
func (r *requests) want(t *testing.T, lines ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.lines, lines) {
		t.Errorf("the server was sent\n%s\nwant\n%s", strings.Join(r.lines, "\n"), strings.Join(lines, "\n"))
	}
}

// count returns how many of the requests begin like that.
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

// serve returns a client of a server that answers with handler, and what that
// server is sent.
func serve(t *testing.T, handler http.HandlerFunc) (*Client, *requests) {
	t.Helper()
	sent := &requests{}
	server := httptest.NewServer(sent.keep(handler))
	t.Cleanup(server.Close)
	return connect(t, server, Config{Connection: Connection{Timeout: time.Minute}}), sent
}

// keep returns handler with every request kept before it is answered.
func (r *requests) keep(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		line := wire(req)
		r.mu.Lock()
		r.lines = append(r.lines, line)
		r.mu.Unlock()
		handler(w, req)
	}
}

// connect returns a client of server, with what else cfg says.
func connect(t testing.TB, server *httptest.Server, cfg Config) *Client {
	t.Helper()
	cfg.BaseURL, cfg.Username, cfg.Password, cfg.UserAgent = apiRoot(t, server.URL+prefix), "octocat", "correct-horse", "test/1"
	if cfg.RoundTripper == nil {
		cfg.RoundTripper = server.Client().Transport
	}
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

// roundTrip is a transport of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// reply answers every request alike, in JSON.
func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if status != http.StatusNoContent {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// nothing answers lists with an empty one, and all else with handler: whoever
// looks for what a lost answer has made finds nothing.
func nothing(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			reply(http.StatusOK, `[]`)(w, r)
			return
		}
		handler(w, r)
	}
}

// elsewhere returns the address of a server that nothing may be sent to.
func elsewhere(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was sent %s %s, Authorization %q", r.Method, r.RequestURI, r.Header.Get("Authorization"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// wantError checks the text of an error, where PREFIX stands for the API's root.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	got := fmt.Sprint(err)
	if want = strings.ReplaceAll(want, "PREFIX", prefix); got != want {
		t.Errorf("error:\n%s\nwant:\n%s", got, want)
	}
}

// wantIs checks that an error is all of want and no other of the sentinels.
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

// operation is one of the ten with arguments and an answer that serve all tests.
type operation struct {
	call  func(context.Context, *Client) error
	taken []int
	body  string
}

func operations() map[string]operation {
	ok, created, gone := http.StatusOK, http.StatusCreated, http.StatusNoContent
	in := AuthorizationRequest{}
	return map[string]operation{
		"create": {func(ctx context.Context, c *Client) error {
			_, err := c.CreateAuthorization(ctx, in)
			return err
		}, []int{created}, `{"id":1}`},
		"get or create": {func(ctx context.Context, c *Client) error {
			_, _, err := c.GetOrCreateAuthorization(ctx, AuthorizationRequest{ClientID: "app"})
			return err
		}, []int{ok, created}, `{"id":1}`},
		"get or create by fingerprint": {func(ctx context.Context, c *Client) error {
			_, _, err := c.GetOrCreateAuthorization(ctx, AuthorizationRequest{ClientID: "app", Fingerprint: "ci"})
			return err
		}, []int{ok, created}, `{"id":1}`},
		"get": {func(ctx context.Context, c *Client) error {
			_, err := c.GetAuthorization(ctx, 1)
			return err
		}, []int{ok}, `{"id":1}`},
		"list": {func(ctx context.Context, c *Client) error {
			_, err := c.ListAuthorizations(ctx, "")
			return err
		}, []int{ok}, `[]`},
		"update": {func(ctx context.Context, c *Client) error {
			_, err := c.UpdateAuthorization(ctx, 1, AuthorizationUpdate{})
			return err
		}, []int{ok}, `{"id":1}`},
		"delete": {func(ctx context.Context, c *Client) error { return c.DeleteAuthorization(ctx, 1) }, []int{gone}, ``},
		"get grant": {func(ctx context.Context, c *Client) error {
			_, err := c.GetGrant(ctx, 1)
			return err
		}, []int{ok}, `{"id":1}`},
		"list grants": {func(ctx context.Context, c *Client) error {
			_, err := c.ListGrants(ctx, "")
			return err
		}, []int{ok}, `[]`},
		"delete grant": {func(ctx context.Context, c *Client) error { return c.DeleteGrant(ctx, 1) }, []int{gone}, ``},
	}
}
