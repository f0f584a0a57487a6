package ghes

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// rawResponse sends text in place of a response, and closes the connection or leaves it open.
func rawResponse(text string, isOpen bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, text)
		if isOpen {
			_, _ = io.Copy(io.Discard, conn) // until the client hangs up
		}
		_ = conn.Close()
	}
}

// A response whose head cannot be read may be a refusal of the credentials, so it ends the attempts.
func TestHostile_brokenHead(t *testing.T) {
	t.Parallel()
	const refusal = "HTTP/1.1 401 Unauthorized\r\n"
	for name, head := range map[string]string{
		"unknown encoding":  refusal + "Transfer-Encoding: gzip\r\n\r\n",
		"two lengths":       refusal + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
		"no length":         refusal + "Content-Length: two\r\n\r\n{}",
		"negative length":   refusal + "Content-Length: -2\r\n\r\n{}",
		"only a status":     refusal,
		"no end":            refusal + "Content-Type: application/json\r\n",
		"not a header":      refusal + "nothing\r\n\r\n",
		"half of a version": "HTTP/1.",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, sent := serveInProcess(t, rawResponse(head, false), Config{MaxRetries: 4, MaxWait: time.Minute})
				if _, err := c.GetAuthorization(t.Context(), 1); err == nil {
					t.Error("no error")
				}
				sent.want(t, "GET /authorizations/1 octocat:correct-horse")
			})
		})
	}
}

// A switch of protocols hands over the connection, which may stay open for ever.
func TestHostile_switchedProtocol(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"
	for _, isOpen := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := serveInProcess(t, rawResponse(head, isOpen), Config{})
			_, err := c.GetAuthorization(t.Context(), 1)
			wantError(t, err, "GET PREFIX/authorizations/1: 101 Switching Protocols: the response switches to another protocol")
			_, err = c.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
			wantLeftBehind(t, err, 0)
		})
	}
}
