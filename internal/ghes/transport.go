package ghes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// maxBody bounds an answer in bytes. A page of 100 authorizations takes about
// 80 KiB.
const maxBody = 8 << 20

// guard adds the credentials, and is the only place that does: to requests to
// one origin. It refuses every other one, and bounds what may come back.
type guard struct {
	origin             *url.URL
	username, password string
	otp                func() (string, error)
	secrets            *Secrets
	next               http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if !sameOrigin(req.URL, g.origin) {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, fmt.Errorf("credentials for %s are not sent to %s", origin(g.origin), origin(req.URL))
	}
	req = req.Clone(req.Context())
	if req.Context().Value(anonymous{}) == nil {
		if err := g.sign(req); err != nil {
			return nil, err
		}
	}
	resp, err := g.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if _, err := resp.Location(); err != nil {
		resp.Header.Del("Location") // net/http would print it, secrets and all
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, maxBody)
	return resp, nil
}

func (g *guard) sign(req *http.Request) error {
	req.SetBasicAuth(g.username, g.password)
	if g.otp == nil {
		return nil
	}
	code, err := g.otp()
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return err
	}
	g.secrets.Add(code)
	req.Header.Set("X-GitHub-OTP", code)
	return nil
}

// checkRedirect follows what stays within the origin and leaves the request as
// it is. net/http would turn a redirected POST into a GET.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > 5 || req.Method != via[0].Method || !sameOrigin(req.URL, via[0].URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

// ParseBaseURL returns the API's root for what a user gives as the address of
// a server: https://HOST, with or without /api/v3 and a trailing slash.
// Unencrypted http is for loopback hosts, or with allowHTTP for any. Errors
// never repeat the address, since it may hold a password.
func ParseBaseURL(address string, allowHTTP bool) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("it is not a valid URL")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "", u.Hostname() == "":
		return nil, errors.New("it must look like https://HOST, with the scheme")
	case u.User != nil:
		return nil, errors.New("it must not contain a user name or a password; these have arguments of their own")
	case u.RawPath != "":
		return nil, errors.New("its path must not contain escapes")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(address, "#"):
		return nil, errors.New("it must not contain a query or a fragment")
	case u.Scheme == "http" && !allowHTTP && !isLoopback(u.Hostname()):
		return nil, errors.New("the password would be sent unencrypted over http://; use https://, or set allow_http")
	}
	root := strings.TrimRight(u.Path, "/")
	if !strings.HasSuffix(root, "/api/v3") {
		root += "/api/v3"
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.TrimSuffix(u.Host, ":"), Path: root + "/"}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// gate spares a locked account: until the server has accepted the credentials,
// requests go one at a time, and once it has refused them, none does. Whoever
// waited for a request that found no server shares its error.
type gate struct {
	mu      sync.Mutex
	proven  bool
	refusal error
	first   *flight
}

// flight is a request under way whose outcome others wait for.
type flight struct {
	done   chan struct{}
	shared error
}

func (g *gate) do(ctx context.Context, call func() error) error {
	for {
		g.mu.Lock()
		refusal, proven, first := g.refusal, g.proven, g.first
		if refusal == nil && !proven && first == nil {
			g.first = &flight{done: make(chan struct{})}
		}
		g.mu.Unlock()

		switch {
		case refusal != nil:
			return refusal
		case proven || first == nil:
			err := ctx.Err()
			if err == nil {
				err = call()
			}
			g.learn(err, !proven)
			return err
		}
		select {
		case <-first.done:
			if first.shared != nil {
				return first.shared
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// isProven reports whether the server has accepted the credentials.
func (g *gate) isProven() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.proven
}

// learn draws from err what it says about the credentials; wasFirst says that
// others may be waiting for it.
func (g *gate) learn(err error, wasFirst bool) {
	e, isError := errors.AsType[*Error](err)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		g.proven = true
	case isError && e.refusesCredentials():
		g.refusal = err
	case isError && e.provesCredentials():
		g.proven = true
	}
	if !wasFirst {
		return
	}
	if isError && e.Status == 0 {
		g.first.shared = err
	}
	close(g.first.done)
	g.first = nil
}
