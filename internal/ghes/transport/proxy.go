package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// ErrProxyAuth is a proxy that refuses the credentials for it, or wants some.
var ErrProxyAuth = errors.New("the proxy requires authentication")

// ProxyError is a proxy that refuses to pass on requests.
type ProxyError struct {
	Proxy  string // the host of the proxy, with its port; "" if it is not known
	Status int    // of the proxy's response
}

// Is reports whether the proxy refuses its credentials, if target is ErrProxyAuth.
func (e *ProxyError) Is(target error) bool {
	return target == ErrProxyAuth && e.Status == http.StatusProxyAuthRequired
}

// Error names the proxy and the status, and repeats none of the proxy's words.
func (e *ProxyError) Error() string {
	return fmt.Sprintf("the proxy %s responded with %d %s", e.Proxy, e.Status, http.StatusText(e.Status))
}

// CheckProxyResponse makes a *ProxyError of any response to CONNECT but 200. It is for
// http.Transport.OnProxyConnectResponse.
func CheckProxyResponse(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: resp.StatusCode}
}

// ProxyRefusal returns the *ProxyError for a 407 that came as the response to a request, as it does
// for http:// addresses.
func ProxyRefusal(resp *http.Response) *ProxyError {
	refusal := &ProxyError{Status: resp.StatusCode}
	if proxy, err := http.ProxyFromEnvironment(resp.Request); err == nil && proxy != nil {
		refusal.Proxy = proxy.Host
	}
	return refusal
}
