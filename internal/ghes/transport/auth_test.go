package transport

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Even if a redirect to another origin was followed, authTransport would not send it.
func TestAuthTransport_otherOrigin(t *testing.T) {
	t.Parallel()
	transport := &authTransport{testConfig(t, "https://ghes.example.com", roundTrip(func(r *http.Request) (*http.Response, error) {
		if !strings.EqualFold(r.URL.Host, "ghes.example.com") || r.URL.Scheme != "https" {
			t.Errorf("sent to %s", r.URL)
		}
		return nil, io.EOF
	}))}
	for address, want := range map[string]string{
		"https://GHES.example.com/":          "EOF",
		"http://ghes.example.com/?x=secret":  "credentials for https://ghes.example.com are not sent to http://ghes.example.com",
		"https://ghes.example.com.evil.org/": "credentials for https://ghes.example.com are not sent to https://ghes.example.com.evil.org",
		"https://ghes.example.com:8443/":     "credentials for https://ghes.example.com are not sent to https://ghes.example.com:8443",
	} {
		body := &closeRecorder{}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if resp != nil {
			_ = resp.Body.Close()
		}
		if got := fmt.Sprint(err); got != want {
			t.Errorf("error %s, want %s", got, want)
		}
		// A RoundTripper must close the body, and must not change the request.
		if isRefused := !errors.Is(err, io.EOF); isRefused != body.isClosed || req.Header.Get("Authorization") != "" {
			t.Errorf("%s: body closed is %t, headers %v", address, body.isClosed, req.Header)
		}
	}
}

// closeRecorder is an empty body that records whether it was closed.
type closeRecorder struct{ isClosed bool }

func (*closeRecorder) Read([]byte) (int, error) { return 0, io.EOF }
func (c *closeRecorder) Close() error           { c.isClosed = true; return nil }

func TestCheckRedirect(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, address string
		hops            int // requests before
		isFollowed      bool
	}{
		"same origin":     {"GET", "https://ghes.example.com/moved?x=1", 1, true},
		"other case":      {"GET", "https://GHES.example.com/moved", 1, true},
		"fifth redirect":  {"GET", "https://ghes.example.com/moved", 5, true},
		"sixth redirect":  {"GET", "https://ghes.example.com/moved", 6, false},
		"other method":    {"DELETE", "https://ghes.example.com/moved", 1, false},
		"other scheme":    {"GET", "http://ghes.example.com/moved", 1, false},
		"other host":      {"GET", "https://example.com/moved", 1, false},
		"subdomain":       {"GET", "https://a.ghes.example.com/moved", 1, false},
		"other port":      {"GET", "https://ghes.example.com:8443/moved", 1, false},
		"default port":    {"GET", "https://ghes.example.com:443/moved", 1, false},
		"user in address": {"GET", "https://mona:x@ghes.example.com/moved", 1, false},
	} {
		first := newRequest(t, "GET", "https://ghes.example.com/")
		err := checkRedirect(newRequest(t, test.method, test.address), slices.Repeat([]*http.Request{first}, test.hops))
		if isFollowed := err == nil; isFollowed != test.isFollowed || !isFollowed && !errors.Is(err, http.ErrUseLastResponse) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func newRequest(t *testing.T, method, address string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// redirecting is a transport to a server that redirects all requests once.
type redirecting struct {
	status int
	target string
	sent   []string // the method, path, username and body of each request
}

func (r *redirecting) RoundTrip(req *http.Request) (*http.Response, error) {
	username, _, hasCredentials := req.BasicAuth()
	if header, ok := req.Header["Authorization"]; !hasCredentials {
		username = fmt.Sprintf("anonymous:%t:%d", ok, len(header))
	}
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	r.sent = append(r.sent, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", req.Method, req.URL.Path, username, body)))
	resp := response(http.StatusOK)
	if len(r.sent) == 1 {
		resp = response(r.status, "Location", r.target)
	}
	resp.Request = req
	return resp, nil
}

// A create is not redirected, even within the origin and by a status that keeps the method and the body.
// For such a status net/http sends the body again, for which it needs GetBody. A create has no GetBody.
func TestSend_redirectedCreate(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			server := &redirecting{status: status, target: "/moved"}
			a, _ := newTestClient(t, server).Send(t.Context(), Request{Method: method, Path: "authorizations", Body: []string{}}, NewBudget(3, 0, 0))
			if want := []string{method + " /api/v3/authorizations octocat []"}; !slices.Equal(server.sent, want) {
				t.Errorf("%s, %d: sent %q, want %q", method, status, server.sent, want)
			}
			if a.Err != nil || a.Response.StatusCode != status || a.Outcome != Complete || a.Number != 1 {
				t.Errorf("%s, %d: %+v", method, status, a)
			}
		}
	}
}

// Other requests follow a redirect within the origin if it keeps their method.
func TestSend_redirected(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method     string
		body       any
		status     int
		isFollowed bool
	}{
		{http.MethodGet, nil, 301, true},
		{http.MethodGet, nil, 302, true},
		{http.MethodGet, nil, 303, true},
		{http.MethodGet, nil, 307, true},
		{http.MethodGet, nil, 308, true},
		{http.MethodPatch, []string{}, 302, false},
		{http.MethodPatch, []string{}, 307, true},
		{http.MethodPatch, []string{}, 308, true},
		{http.MethodDelete, nil, 302, false},
		{http.MethodDelete, nil, 307, true},
		{http.MethodDelete, nil, 308, true},
	} {
		server := &redirecting{status: test.status, target: "/moved"}
		a, _ := newTestClient(t, server).Send(t.Context(), Request{Method: test.method, Path: "user", Body: test.body}, Budget{})
		body := ""
		if test.body != nil {
			body = " []"
		}
		want, status := []string{test.method + " /api/v3/user octocat" + body}, test.status
		if test.isFollowed {
			want, status = append(want, test.method+" /moved octocat"+body), http.StatusOK
		}
		if !slices.Equal(server.sent, want) || a.Response.StatusCode != status {
			t.Errorf("%s, %d: sent %q, want %q; status %d", test.method, test.status, server.sent, want, a.Response.StatusCode)
		}
	}
}

// An anonymous request has no credentials and no one-time code, and neither has the request after a
// redirect.
func TestSend_anonymous(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"/moved", "https://ghes.example.com/moved", "//ghes.example.com/moved"} {
		server := &redirecting{status: http.StatusFound, target: target}
		cfg := testConfig(t, "https://ghes.example.com", roundTrip(func(req *http.Request) (*http.Response, error) {
			if code := req.Header.Get("X-Github-Otp"); code != "" {
				t.Errorf("sent the code %s", code)
			}
			return server.RoundTrip(req)
		}))
		cfg.OTP = func() (string, error) { return "123456", nil }
		a, _ := New(cfg).Send(t.Context(), Request{Method: http.MethodGet, Path: "meta", Anonymous: true}, Budget{})
		want := []string{"GET /api/v3/meta anonymous:true:0", "GET /moved anonymous:true:0"}
		if !slices.Equal(server.sent, want) || a.Err != nil || a.Response.StatusCode != http.StatusOK {
			t.Errorf("%s: sent %q, want %q; %+v", target, server.sent, want, a)
		}
	}
}

func TestRedirectTarget(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status           int
		location, target string
		isRedirect       bool
	}{
		"redirect":          {302, "https://mona:secret@example.com/?code=secret", "https://example.com", true},
		"relative":          {308, "/moved", "https://ghes.example.com", true},
		"without location":  {307, "", "", true},
		"malformed":         {303, "http://[?code=secret", "", true},
		"not modified":      {304, "https://example.com/", "https://example.com", false},
		"several choices":   {300, "https://example.com/", "https://example.com", false},
		"created elsewhere": {201, "https://example.com/", "https://example.com", false},
	} {
		resp := &http.Response{StatusCode: test.status, Header: headers("Location", test.location), Request: newRequest(t, http.MethodGet, "https://ghes.example.com/")}
		if target, isRedirect := RedirectTarget(resp); target != test.target || isRedirect != test.isRedirect {
			t.Errorf("%s: %q, %t, want %q, %t", name, target, isRedirect, test.target, test.isRedirect)
		}
	}
}

// net/http drops the Authorization header on a redirect to another spelling of the host. The request must
// stay anonymous.
func TestSend_anonymousOtherCase(t *testing.T) {
	t.Parallel()
	server := &redirecting{status: http.StatusFound, target: "https://GHES.example.com/moved"}
	_, _ = newTestClient(t, server).Send(t.Context(), Request{Method: http.MethodGet, Path: "meta", Anonymous: true}, Budget{})
	if want := []string{"GET /api/v3/meta anonymous:true:0", "GET /moved anonymous:true:0"}; !slices.Equal(server.sent, want) {
		t.Errorf("sent %q, want %q", server.sent, want)
	}
}
