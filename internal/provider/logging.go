package provider

import (
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// logged tells the log of every request what is safe to tell: no header, no
// query and no body, since those hold passwords and tokens.
type logged struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (l logged) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := l.next.RoundTrip(req)
	fields := map[string]any{
		"method":      req.Method,
		"path":        req.URL.EscapedPath(),
		"duration_ms": time.Since(start).Milliseconds(),
	}
	if err != nil {
		fields["error"] = fmt.Sprintf("%T", err) // its text may repeat what came
	} else {
		fields["status"] = resp.StatusCode
		fields["request_id"] = resp.Header.Get("X-Github-Request-Id")
	}
	tflog.Debug(req.Context(), "Called GitHub Enterprise Server", fields)
	return resp, err
}
