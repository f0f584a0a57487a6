package transport

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

// roundTrip is a transport of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// newTestClient returns a client of https://ghes.example.com/api/v3 whose requests next carries.
func newTestClient(t *testing.T, next http.RoundTripper) *Client {
	t.Helper()
	return New(testConfig(t, "https://ghes.example.com", next))
}

func testConfig(t *testing.T, address string, next http.RoundTripper) Config {
	t.Helper()
	root, err := url.Parse(address + "/api/v3/")
	if err != nil {
		t.Fatal(err)
	}
	return Config{BaseURL: root, Username: "octocat", Password: "correct-horse", Secrets: &redact.Secrets{}, RoundTripper: next}
}

// headers returns headers from names and values in turn.
func headers(pairs ...string) http.Header {
	header := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		header.Set(pairs[i], pairs[i+1])
	}
	return header
}

// response returns a response with the body {} and headers, which are names and values in turn.
func response(status int, pairs ...string) *http.Response {
	return &http.Response{StatusCode: status, Header: headers(pairs...), Body: io.NopCloser(strings.NewReader("{}"))}
}

// failingDial returns a transport that cannot connect.
func failingDial(err error) *http.Transport {
	return &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
}
