package transport

import (
	"fmt"
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
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }
