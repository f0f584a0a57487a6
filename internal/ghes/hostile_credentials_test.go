package ghes

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// brokenBodies returns handlers that refuse a request with a status, and then fail to send the body.
func brokenBodies(status int) map[string]http.HandlerFunc {
	head := func(headers string) string {
		return fmt.Sprintf("HTTP/1.1 %d Refused\r\nContent-Type: application/json\r\n%s\r\n\r\n", status, headers)
	}
	const start = `{"message":"Bad credentials",` // 29 bytes
	send := func(text string, wait bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, text)
			if wait {
				_, _ = io.Copy(io.Discard, conn) // until the client hangs up
			}
			_ = conn.Close()
		}
	}
	return map[string]http.HandlerFunc{
		"cut short":           send(head("Content-Length: 500")+start, false),
		"never completed":     send(head("Content-Length: 500")+start, true),
		"no body at all":      send(head("Content-Length: 500"), false),
		"chunk cut short":     send(head("Transfer-Encoding: chunked")+"1d\r\n"+start, false),
		"chunk without size":  send(head("Transfer-Encoding: chunked")+"zz\r\n"+start, false),
		"not compressed":      send(head("Content-Encoding: gzip\r\nContent-Length: 29")+start, false),
		"larger than allowed": oversized(status),
	}
}

// oversized responds with a compressed body that is larger than the client accepts.
func oversized(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		zipped := gzip.NewWriter(w)
		_, _ = io.WriteString(zipped, strings.Repeat(" ", 9<<20))
		_ = zipped.Close()
	}
}

// The status of a refusal is enough, whatever happens to the body. Each further request would count
// towards a locked account.
func TestRefusal_brokenBody(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]error{
		http.StatusUnauthorized:      ErrBadCredentials,
		http.StatusForbidden:         nil,
		http.StatusProxyAuthRequired: ErrProxyAuth,
	} {
		for name, handler := range brokenBodies(status) {
			t.Run(fmt.Sprint(status, " ", name), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { checkRefusal(t, handler, status, want) })
			})
		}
	}
}

// checkRefusal checks that a refusal ends the call after one attempt, and all later calls, if want is
// not nil, without any.
func checkRefusal(t *testing.T, handler http.HandlerFunc, status int, want error) {
	t.Helper()
	c, sent := serveInProcess(t, handler, Config{Connection: Connection{Timeout: time.Second}, MaxRetries: 4, MaxWait: time.Minute})
	_, first := c.GetAuthorization(t.Context(), 1)
	e, ok := errors.AsType[*Error](first)
	if !ok || e.Status != status || e.Attempts != 1 || want != nil && !errors.Is(first, want) {
		t.Errorf("error %v", first)
	}
	if n := sent.count("GET /authorizations/1"); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	if want == nil {
		return
	}
	_, second := c.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
	wantNotSent(t, second, first)
	if n := sent.count(""); n != 1 {
		t.Errorf("%d requests in all, want 1", n)
	}
}
