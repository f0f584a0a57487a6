package provider

import (
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// logged tells the log of every request what is safe to tell: no header, no
// query and no body, since those hold passwords and tokens. What else the server
// may have a say in is masked: it chooses where a redirect leads.
type logged struct {
	next    http.RoundTripper
	secrets *ghes.Secrets
}

// RoundTrip implements http.RoundTripper.
func (l logged) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := l.next.RoundTrip(req)
	fields := map[string]any{
		"method":      req.Method,
		"path":        l.secrets.Mask(req.URL.EscapedPath()),
		"duration_ms": time.Since(start).Milliseconds(),
	}
	if err != nil {
		fields["error"] = fmt.Sprintf("%T", err) // its text may repeat what came
	} else {
		fields["status"] = resp.StatusCode
		fields["request_id"] = l.secrets.Mask(resp.Header.Get("X-Github-Request-Id"))
	}
	tflog.Debug(req.Context(), "Called GitHub Enterprise Server", fields)
	return resp, err
}
