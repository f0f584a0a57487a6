package provider

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestParseBaseURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://ghes.example.com":                "https://ghes.example.com/api/v3/",
		"https://ghes.example.com/":               "https://ghes.example.com/api/v3/",
		"https://ghes.example.com///":             "https://ghes.example.com/api/v3/",
		"https://ghes.example.com/api/v3":         "https://ghes.example.com/api/v3/",
		"https://ghes.example.com/api/v3/":        "https://ghes.example.com/api/v3/",
		"https://ghes.example.com/prefix":         "https://ghes.example.com/prefix/api/v3/",
		"https://ghes.example.com/prefix/api/v3/": "https://ghes.example.com/prefix/api/v3/",
		"https://ghes.example.com/api":            "https://ghes.example.com/api/api/v3/",
		"https://ghes.example.com/myapi/v3":       "https://ghes.example.com/myapi/v3/api/v3/",
		"https://ghes.example.com/two%20words":    "https://ghes.example.com/two%20words/api/v3/",
		"https://ghes.example.com:8443":           "https://ghes.example.com:8443/api/v3/",
		"HTTPS://ghes.example.com":                "https://ghes.example.com/api/v3/",
		"https://192.0.2.7":                       "https://192.0.2.7/api/v3/",
		"https://[2001:db8::7]:8443/api/v3":       "https://[2001:db8::7]:8443/api/v3/",
		"http://localhost":                        "http://localhost/api/v3/",
		"http://LocalHost:8080/":                  "http://LocalHost:8080/api/v3/",
		"http://127.0.0.1:8080":                   "http://127.0.0.1:8080/api/v3/",
		"http://127.255.0.9":                      "http://127.255.0.9/api/v3/",
		"http://[::1]:8080":                       "http://[::1]:8080/api/v3/",
	} {
		u, err := parseBaseURL(address, false)
		if err != nil || u.String() != want {
			t.Errorf("%s: got %v, error %v", address, u, err)
		}
	}
}

func TestParseBaseURL_allowHTTP(t *testing.T) {
	t.Parallel()
	u, err := parseBaseURL("http://ghes.example.com/", true)
	if err != nil || u.String() != "http://ghes.example.com/api/v3/" {
		t.Errorf("got %v, error %v", u, err)
	}
	// Nothing else is allowed by it.
	for _, address := range []string{"ftp://ghes.example.com", "http://u:p@ghes.example.com", "http://", "http://ghes.example.com?a"} {
		if u, err := parseBaseURL(address, true); err == nil {
			t.Errorf("%s: got %v", address, u)
		}
	}
}

func TestParseBaseURL_refused(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                           "it must look like https://HOST, with the scheme",
		"swordfish.example.com":      "it must look like https://HOST, with the scheme",
		"swordfish.example.com/a":    "it must look like https://HOST, with the scheme",
		"//swordfish":                "it must look like https://HOST, with the scheme",
		"https:swordfish":            "it must look like https://HOST, with the scheme",
		"https:///swordfish":         "it must look like https://HOST, with the scheme",
		"https://:8443/swordfish":    "it must look like https://HOST, with the scheme",
		"ftp://swordfish":            "it must look like https://HOST, with the scheme",
		"file:///swordfish":          "it must look like https://HOST, with the scheme",
		"https://":                   "it must look like https://HOST, with the scheme",
		" https://swordfish":         "it is not a valid URL",
		"https://swordfish\n":        "it is not a valid URL",
		"https://host:swordfish":     "it is not a valid URL",
		"https://swordfish/%zz":      "it is not a valid URL",
		"https://[swordfish":         "it is not a valid URL",
		"https://mona:swordfish@h":   "it must not contain a username or a password; set the arguments username and password",
		"https://swordfish@h":        "it must not contain a username or a password; set the arguments username and password",
		"https://@swordfish":         "it must not contain a username or a password; set the arguments username and password",
		"https://h/?swordfish":       "it must not contain a query or a fragment",
		"https://h?":                 "it must not contain a query or a fragment",
		"https://h/#swordfish":       "it must not contain a query or a fragment",
		"https://h#":                 "it must not contain a query or a fragment",
		"https://h/api/v3/#":         "it must not contain a query or a fragment",
		"http://swordfish":           "the password would be sent unencrypted over http://; use https://, or set allow_http",
		"http://10.0.0.1/swordfish":  "the password would be sent unencrypted over http://; use https://, or set allow_http",
		"http://localhost.swordfish": "the password would be sent unencrypted over http://; use https://, or set allow_http",
		"http://127.0.0.1.swordfish": "the password would be sent unencrypted over http://; use https://, or set allow_http",
		"http://[::ffff:a00:1]":      "the password would be sent unencrypted over http://; use https://, or set allow_http",
	} {
		u, err := parseBaseURL(address, false)
		if u != nil {
			t.Errorf("%q: got %v", address, u)
		}
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%q: error %s, want %s", address, got, want)
		}
		if err != nil && strings.Contains(err.Error(), "swordfish") {
			t.Errorf("%q is repeated in %v", address, err)
		}
	}
}

// FuzzParseBaseURL compares each accepted address with the result of net/url: the
// credentials go to that address and nowhere else.
func FuzzParseBaseURL(f *testing.F) {
	for _, address := range []string{
		"https://ghes.example.com", "https://ghes.example.com:8443/prefix/api/v3/", "HTTPS://ghes.example.com///", "https://h:/two%20words",
		"https://[2001:db8::7]:8443/api/v3", "https://[fe80::1%25eth0]", "http://127.0.0.1:8080", "http://localhost", "http://ghes.example.com",
		"https://mona:made-up@h", "https://h/%2e%2e/", "https://h/../api/v3", "https://h/a;b?c#d", "https://größe.example.com/密",
	} {
		f.Add(address, false)
		f.Add(address, true)
	}
	f.Fuzz(func(t *testing.T, address string, allowHTTP bool) {
		root, err := parseBaseURL(address, allowHTTP)
		if err != nil {
			return
		}
		given, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		checkBaseURL(t, root, given, allowHTTP)
		again, err := url.Parse(root.String())
		if err != nil {
			t.Fatal(err)
		}
		checkBaseURL(t, again, given, allowHTTP)
		if second, err := parseBaseURL(root.String(), allowHTTP); err != nil || second.String() != root.String() {
			t.Errorf("%q became %q, then %v (%v)", address, root, second, err)
		}
	})
}

// checkBaseURL checks that root is the root of the API at the address that was given.
func checkBaseURL(t *testing.T, root, given *url.URL, allowHTTP bool) {
	t.Helper()
	if root.Scheme != given.Scheme || root.Hostname() != given.Hostname() || root.Port() != given.Port() {
		t.Errorf("%q leads to %q", given, root)
	}
	if root.User != nil || root.RawQuery != "" || root.Fragment != "" || !strings.HasSuffix(root.Path, "/api/v3/") {
		t.Errorf("%q is taken as %q", given, root)
	}
	if root.Scheme != "https" && !allowHTTP && !isLoopback(root.Hostname()) {
		t.Errorf("%q is not encrypted", root)
	}
}
