package transport

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

// roundTrip is a transport of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// If a redirect ever came through, the transport would be the second guard.
func TestAuthTransport_otherOrigin(t *testing.T) {
	t.Parallel()
	transport := &authTransport{Config{
		BaseURL: &url.URL{Scheme: "https", Host: "ghes.example.com"}, Username: "octocat", Password: "correct-horse",
		Secrets: &redact.Secrets{},
		RoundTripper: roundTrip(func(r *http.Request) (*http.Response, error) {
			if !strings.EqualFold(r.URL.Host, "ghes.example.com") || r.URL.Scheme != "https" {
				t.Errorf("sent to %s", r.URL)
			}
			return nil, io.EOF
		}),
	}}
	for address, want := range map[string]string{
		"https://GHES.example.com/":          "EOF",
		"http://ghes.example.com/?x=secret":  "credentials for https://ghes.example.com are not sent to http://ghes.example.com",
		"https://ghes.example.com.evil.org/": "credentials for https://ghes.example.com are not sent to https://ghes.example.com.evil.org",
		"https://ghes.example.com:8443/":     "credentials for https://ghes.example.com are not sent to https://ghes.example.com:8443",
	} {
		body := &closed{}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if resp != nil {
			_ = resp.Body.Close()
		}
		if got := fmt.Sprint(err); got != want {
			t.Errorf("error %s, want %s", got, want)
		}
		// A RoundTripper has to close the body and to leave the request alone.
		if refused := !errors.Is(err, io.EOF); refused != body.closed || req.Header.Get("Authorization") != "" {
			t.Errorf("%s: body closed %t, header %v", address, body.closed, req.Header)
		}
	}
}

// closed is a body that tells whether it was closed.
type closed struct{ closed bool }

func (*closed) Read([]byte) (int, error) { return 0, io.EOF }
func (c *closed) Close() error           { c.closed = true; return nil }
