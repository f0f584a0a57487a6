package provider

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// A proxy variable that is no valid URL is an error, which names the variable and does not repeat
// the value. Nothing is sent, through a proxy or directly.
func TestProxy_invalid(t *testing.T) {
	t.Parallel()
	const username, password = "made-up-proxy-user", "made-up-pass"
	for name, test := range map[string]struct{ scheme, variable, value, want string }{
		"unescaped %":         {"https", "HTTPS_PROXY", "http://USER:PASSWORD%sure@PROXY", "it is malformed"},
		"% at the end":        {"https", "HTTPS_PROXY", "http://USER:PASSWORD%@PROXY", "it is malformed"},
		"% without scheme":    {"https", "HTTPS_PROXY", "USER:PASSWORD%sure@PROXY", "it is malformed"},
		"lower case":          {"https", "https_proxy", "http://USER:PASSWORD%sure@PROXY", "it is malformed"},
		"http":                {"http", "HTTP_PROXY", "http://USER:PASSWORD%sure@PROXY", "it is malformed"},
		"http, lower case":    {"http", "http_proxy", "http://USER:PASSWORD%sure@PROXY", "it is malformed"},
		"blank in password":   {"https", "HTTPS_PROXY", "http://USER:PASSWORD word@PROXY", "it is malformed"},
		"blank at the end":    {"https", "HTTPS_PROXY", "http://USER:PASSWORD@PROXY ", "it is malformed"},
		"line break":          {"https", "HTTPS_PROXY", "http://USER:PASSWORD@PROXY\n", "it is malformed"},
		"only a blank":        {"https", "HTTPS_PROXY", " ", "it is malformed"},
		"no ASCII":            {"https", "HTTPS_PROXY", "http://USER:PASSWORDé@PROXY", "it is malformed"},
		"words for a port":    {"https", "HTTPS_PROXY", "http://USER:PASSWORD@127.0.0.1:port", "it is malformed"},
		"port 0":              {"https", "HTTPS_PROXY", "http://USER:PASSWORD@127.0.0.1:0", "its port is not a number from 1 to 65535"},
		"large port":          {"https", "HTTPS_PROXY", "http://USER:PASSWORD@127.0.0.1:65536", "its port is not a number from 1 to 65535"},
		"no host":             {"https", "HTTPS_PROXY", "http://USER:PASSWORD@", "it has no host"},
		"no host, but a port": {"https", "HTTPS_PROXY", "http://USER:PASSWORD@:3128", "it has no host"},
		"only a scheme":       {"http", "HTTP_PROXY", "http://", "it has no host"},
		"empty scheme":        {"https", "HTTPS_PROXY", "://", "it is malformed"},
		"no scheme, slashes":  {"https", "HTTPS_PROXY", "//USER:PASSWORD@PROXY", "it has no host"},
		"slash":               {"https", "HTTPS_PROXY", "http://USER:1/PASSWORD@PROXY", "it has a /, ? or # before the @"},
		"question mark":       {"https", "HTTPS_PROXY", "http://USER:1?PASSWORD@PROXY", "it has a /, ? or # before the @"},
		"number sign":         {"https", "HTTPS_PROXY", "http://USER:1#PASSWORD@PROXY", "it has a /, ? or # before the @"},
		"slash after letters": {"https", "HTTPS_PROXY", "http://USER:PASSWORD/word@PROXY", "it is malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, server := newRawProxy(t, ""), newRawProxy(t, "")
			value := strings.NewReplacer("USER", username, "PASSWORD", password, "PROXY", p.address).Replace(test.value)
			base := test.scheme + "://" + strings.Replace(server.address, "127.0.0.1", "0.0.0.0", 1)
			w := proxyWorkspace(t, twentyThrough(base), test.variable+"="+value)
			output := w.must(1, "apply", "-auto-approve")
			contains(t, output, "Error: Invalid proxy setting", "The environment variable "+test.variable+" is not a valid proxy URL", "PORT: "+test.want+". ")
			if n := len(errorsIn(output)); n != 1 {
				t.Errorf("%d errors, want 1", n)
			}
			for _, text := range []string{username, password, p.address} {
				if found := w.find(text); len(found) > 0 {
					t.Errorf("%q is in %q", text, found)
				}
			}
			if n := p.connections.Load() + server.connections.Load(); n > 0 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// The proxy is used in every spelling that net/http takes. A variable without effect on base_url
// may have any value.
func TestProxy_valid(t *testing.T) {
	t.Parallel()
	const broken, host = "http://user:100%sure@127.0.0.1:1", "0.0.0.0"
	for name, test := range map[string]struct {
		env     []string
		proxied bool
	}{
		"plain":                        {[]string{"HTTP_PROXY=http://ADDRESS"}, true},
		"no scheme":                    {[]string{"HTTP_PROXY=ADDRESS"}, true},
		"credentials without scheme":   {[]string{"http_proxy=user:100%25sure@ADDRESS"}, true},
		"with a path":                  {[]string{"HTTP_PROXY=http://ADDRESS/"}, true},
		"upper case before lower case": {[]string{"HTTP_PROXY=http://ADDRESS", "http_proxy=" + broken}, true},
		"the other scheme's is broken": {[]string{"HTTP_PROXY=http://ADDRESS", "HTTPS_PROXY=" + broken, "https_proxy=" + broken}, true},
		"only the other scheme's":      {[]string{"HTTPS_PROXY=" + broken}, false},
		"NO_PROXY":                     {[]string{"HTTP_PROXY=http://ADDRESS", "NO_PROXY=" + host}, false},
		"NO_PROXY, broken":             {[]string{"HTTP_PROXY=" + broken, "NO_PROXY=ghe.invalid," + host}, false},
		"no_proxy, broken":             {[]string{"http_proxy=" + broken, "no_proxy=*"}, false},
		"NO_PROXY of another host":     {[]string{"HTTP_PROXY=http://ADDRESS", "NO_PROXY=ghe.invalid"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			p := &proxy{direct: sim}
			server := httptest.NewServer(p)
			t.Cleanup(server.Close)
			env := slices.Clone(test.env)
			for i := range env {
				env[i] = strings.Replace(env[i], "ADDRESS", strings.TrimPrefix(server.URL, "http://"), 1)
			}
			w := proxyWorkspace(t, twentyThrough(strings.Replace(sim.url, "127.0.0.1", host, 1)), env...)
			w.must(0, "apply", "-auto-approve")
			if n := len(sim.Authorizations()); n != 20 {
				t.Errorf("%d authorizations, want 20", n)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if proxied := len(p.asked) > 0; proxied != test.proxied {
				t.Errorf("proxied is %t", proxied)
			}
		})
	}
}

// A loopback host has no proxy, so a broken variable makes no difference.
func TestProxy_loopback(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := proxyWorkspace(t, sim.config(oneNote), "HTTP_PROXY=http://user:100%sure@127.0.0.1:1")
	w.must(0, "apply", "-auto-approve")
}
