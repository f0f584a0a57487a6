package provider

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/net/http/httpproxy"
)

// readProxy takes the proxy for base_url from the environment, with the rules of net/http. The only
// difference is that net/http ignores a variable that is not a valid URL, and connects directly.
// Errors and logs redact the credentials of the proxy.
func (s *settings) readProxy() {
	if s.baseURL == nil || !isProxied(s.baseURL) {
		return
	}
	variable, value := proxyVariable(s.baseURL.Scheme)
	if value == "" {
		return
	}
	proxy, err := parseProxy(value)
	if err != nil {
		s.diags.AddError("Invalid proxy setting", fmt.Sprintf(
			"The environment variable %s is not a valid proxy URL, such as http://USER:PASSWORD@HOST:PORT: %s. The value is not shown here, because it may contain a password. "+
				"Percent-encode special characters in the username and the password, for example %%25 for %%, %%40 for @ and %%2F for /. Nothing was sent.", variable, err))
		return
	}
	s.proxy = proxy
	password, _ := proxy.User.Password()
	username := proxy.User.Username()
	// Without a password, the username may be an API key.
	s.secrets.Add(cmp.Or(password, username), base64.RawStdEncoding.EncodeToString([]byte(username+":"+password)))
}

// proxyVariable returns the environment variable that has the proxy for a scheme, and its value.
func proxyVariable(scheme string) (name, value string) {
	name = strings.ToUpper(scheme) + "_PROXY"
	if value = os.Getenv(name); value == "" {
		name = strings.ToLower(name)
	}
	return name, os.Getenv(name)
}

// isProxied reports whether net/http would use a proxy for an address if there were one. It uses
// none for a loopback host and for the hosts in NO_PROXY.
func isProxied(address *url.URL) bool {
	noProxy := cmp.Or(os.Getenv("NO_PROXY"), os.Getenv("no_proxy"))
	proxy, _ := (&httpproxy.Config{HTTPProxy: "any", HTTPSProxy: "any", NoProxy: noProxy}).ProxyFunc()(address)
	return proxy != nil
}

// parseProxy parses a proxy as net/http does, which accepts one without a scheme. Errors do not
// repeat the value.
func parseProxy(value string) (*url.URL, error) {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	proxy, err := url.Parse(value)
	if err != nil {
		return nil, errors.New("it is malformed")
	}
	port, portErr := strconv.ParseUint(proxy.Port(), 10, 16)
	switch {
	case proxy.Scheme == "" || proxy.Hostname() == "":
		return nil, errors.New("it has no host")
	case proxy.Port() != "" && (portErr != nil || port == 0):
		return nil, errors.New("its port is not a number from 1 to 65535")
	case strings.Contains(proxy.Path+proxy.RawQuery+proxy.Fragment, "@"):
		// The part before it would be taken for the host.
		return nil, errors.New("it has a /, ? or # before the @")
	}
	defaultPort := map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[proxy.Scheme]
	if proxy.Port() == "" && defaultPort != "" {
		proxy.Host = net.JoinHostPort(proxy.Hostname(), defaultPort) // Errors name the port.
	}
	return proxy, nil
}

// proxyVariables names the environment variables that net/http takes a proxy from.
const proxyVariables = "HTTPS_PROXY, or HTTP_PROXY if base_url begins with http://"

// proxyAdvisor adds to each error from before the connection to the server which proxy the
// provider uses, and what the user can do.
type proxyAdvisor struct {
	next  http.RoundTripper
	proxy *url.URL
}

// RoundTrip implements http.RoundTripper.
func (p proxyAdvisor) RoundTrip(req *http.Request) (*http.Response, error) {
	var isConnected atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { isConnected.Store(true) },
	})
	resp, err := p.next.RoundTrip(req.WithContext(ctx))
	if err == nil || isConnected.Load() {
		return resp, err
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the proxy, or the server behind it, closed the connection")
	case strings.Contains(err.Error(), "malformed"): // net/http repeats the response
		err = errors.New("the response of the proxy is not HTTP")
	}
	return nil, &advisedError{err, fmt.Sprintf("The provider could not connect to the server through the proxy %s, from the environment: %s. "+
		"Check whether this is the right proxy, and whether it allows connections to the host and port of base_url. "+
		"To connect without the proxy, add the host to NO_PROXY in the environment.", p.proxy.Host, proxyVariables)}
}
