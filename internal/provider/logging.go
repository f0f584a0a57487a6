package provider

import (
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

// loggingTransport logs every request without its headers, query and body, which hold
// passwords and tokens. It also redacts what the server can influence: the path, through
// redirects, and the request ID.
type loggingTransport struct {
	next    http.RoundTripper
	secrets *redact.Secrets
}

// RoundTrip implements http.RoundTripper.
func (l loggingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := l.next.RoundTrip(req)
	fields := map[string]any{
		"method":      req.Method,
		"path":        l.secrets.Sanitize(req.URL.EscapedPath(), 500),
		"duration_ms": time.Since(start).Milliseconds(),
	}
	if err != nil {
		fields["error"] = fmt.Sprintf("%T", err) // its text may quote the response
	} else {
		fields["status"] = resp.StatusCode
		if resp.StatusCode != http.StatusProxyAuthRequired { // That is from a proxy, which may repeat the username for it.
			fields["request_id"] = l.secrets.Sanitize(resp.Header.Get("X-Github-Request-Id"), 100)
		}
	}
	tflog.Debug(req.Context(), "Called GitHub Enterprise Server", fields)
	return resp, err
}
