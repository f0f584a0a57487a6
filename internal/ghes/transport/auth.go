package transport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authTransport adds the credentials to requests to one origin, and refuses all other requests.
type authTransport struct{ Config }

// RoundTrip implements http.RoundTripper.
func (t *authTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	signed, err := t.sign(req)
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, &unsentError{err}
	}
	resp, err := t.RoundTripper.RoundTrip(signed)
	if err != nil {
		return nil, err
	}
	if _, err := resp.Location(); err != nil {
		resp.Header.Del("Location") // net/http would repeat it, with any secret in it.
	}
	return resp, nil
}

// sign adds the credentials, unless the request has an Authorization header, if only an empty one.
func (t *authTransport) sign(req *http.Request) (*http.Request, error) {
	if !isSameOrigin(req.URL, t.BaseURL) {
		return nil, fmt.Errorf("credentials for %s are not sent to %s", origin(t.BaseURL), origin(req.URL))
	}
	req = req.Clone(req.Context())
	if _, isAnonymous := req.Header["Authorization"]; isAnonymous {
		return req, nil
	}
	if t.Token != "" {
		req.Header.Set("Authorization", "token "+t.Token)
		return req, nil
	}
	req.SetBasicAuth(t.Username, t.Password)
	if t.OTP != nil {
		code, err := t.OTP()
		if err != nil {
			return nil, err
		}
		t.Secrets.Add(code)
		req.Header.Set("X-Github-Otp", code)
	}
	return req, nil
}

// unsentError says why this package did not send a request.
type unsentError struct{ error }

func (e *unsentError) Unwrap() error { return e.error }

// checkRedirect follows up to 5 redirects within the origin, none that makes a GET of a POST.
func checkRedirect(req *http.Request, via []*http.Request) error {
	isOther := req.Method != via[0].Method || !isSameOrigin(req.URL, via[0].URL) || req.URL.User != nil
	if len(via) > 5 || isOther {
		return http.ErrUseLastResponse
	}
	maps.Copy(req.Header, via[0].Header) // An anonymous request stays one: net/http may have dropped that.
	return nil
}

// RedirectTarget returns the origin in a Location header, or "", and whether that is a redirect.
func RedirectTarget(resp *http.Response) (target string, isRedirect bool) {
	location, err := resp.Location()
	if err == nil {
		target = origin(location)
	}
	return target, slices.Contains([]int{301, 302, 303, 307, 308}, resp.StatusCode)
}

func isSameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(origin(a), origin(b))
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

// ErrProxyAuth is a proxy that refuses the credentials that it was sent, or wants some.
var ErrProxyAuth = errors.New("the proxy requires authentication")

// ProxyError is a proxy that did not pass on a request.
type ProxyError struct {
	Proxy  string // its host and port, "" where it is not known
	Status int    // of its response
}

// Is matches ErrProxyAuth with a 407.
func (e *ProxyError) Is(target error) bool {
	return target == ErrProxyAuth && e.Status == http.StatusProxyAuthRequired
}

// Error names the proxy and the status, and repeats none of the proxy's words.
func (e *ProxyError) Error() string {
	return fmt.Sprintf("%s responded with %d %s", strings.TrimSpace("the proxy "+e.Proxy), e.Status, http.StatusText(e.Status))
}

// CheckProxyResponse is for http.Transport.OnProxyConnectResponse. It returns a *ProxyError.
func CheckProxyResponse(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: resp.StatusCode}
}

// ProxyRefusal returns the *ProxyError for a 407 in response to a request other than CONNECT.
func ProxyRefusal(resp *http.Response) *ProxyError {
	refusal := &ProxyError{Status: resp.StatusCode}
	if proxy, err := http.ProxyFromEnvironment(resp.Request); err == nil && proxy != nil {
		refusal.Proxy = proxy.Host
	}
	return refusal
}
