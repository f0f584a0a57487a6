package ghes

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
	signed, err := g.sign(req)
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, &unsentError{err}
	}
	resp, err := g.next.RoundTrip(signed)
	if err != nil {
		return nil, err
	}
	if _, err := resp.Location(); err != nil {
		resp.Header.Del("Location") // net/http would print it, secrets and all
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, maxBody)
	return resp, nil
}

// sign returns req with the credentials.
func (g *guard) sign(req *http.Request) (*http.Request, error) {
	if !sameOrigin(req.URL, g.origin) {
		return nil, fmt.Errorf("credentials for %s are not sent to %s", origin(g.origin), origin(req.URL))
	}
	req = req.Clone(req.Context())
	if req.Context().Value(anonymous{}) != nil {
		return req, nil
	}
	req.SetBasicAuth(g.username, g.password)
	if g.otp != nil {
		code, err := g.otp()
		if err != nil {
			return nil, err
		}
		g.secrets.Add(code)
		req.Header.Set("X-Github-Otp", code)
	}
	return req, nil
}

// unsentError is why a request was not sent at all.
type unsentError struct{ error }

func (e *unsentError) Unwrap() error { return e.error }

// checkRedirect follows what stays within the origin and leaves the request as
// it is. net/http would turn a redirected POST into a GET.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > 5 || req.Method != via[0].Method || !sameOrigin(req.URL, via[0].URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

// keepRedirect leaves a redirect to the caller: whether to follow it is decided
// where the credentials are.
func keepRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

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
	case !isPort(u.Port()):
		return nil, errors.New("its port is not a number from 1 to 65535")
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

func isPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
