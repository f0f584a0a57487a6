package provider

import "testing"

// parseProxy returns the proxy that net/http would use, and the port that it would
// connect to.
func TestParseProxy(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"http://proxy.example.com:3128":          "http://proxy.example.com:3128",
		"proxy.example.com:3128":                 "http://proxy.example.com:3128",
		"proxy.example.com":                      "http://proxy.example.com:80",
		"http://proxy.example.com":               "http://proxy.example.com:80",
		"http://proxy.example.com:/":             "http://proxy.example.com:80/",
		"HTTPS://user@proxy.example.com":         "https://user@proxy.example.com:443",
		"socks5://[::1]":                         "socks5://[::1]:1080",
		"http://[::1]:3128":                      "http://[::1]:3128",
		"user:p%40ss%20w%27rd@127.0.0.1:3128":    "http://user:p%40ss%20w%27rd@127.0.0.1:3128",
		"http://us@er:p:a:s@127.0.0.1:3128?x=1":  "http://us%40er:p%3Aa%3As@127.0.0.1:3128?x=1",
		"other://user:made-up@proxy.example.com": "other://user:made-up@proxy.example.com",
	} {
		proxy, err := parseProxy(value)
		if err != nil || proxy.String() != want {
			t.Errorf("%q became %q, %v, want %q", value, proxy, err, want)
		}
	}
}
