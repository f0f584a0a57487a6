package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

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
	name := strings.TrimSpace("the proxy " + e.Proxy)
	return fmt.Sprintf("%s responded with %d %s", name, e.Status, http.StatusText(e.Status))
}

// CheckProxyResponse makes a *ProxyError of any response to CONNECT but 200. It is for
// http.Transport.OnProxyConnectResponse.
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
