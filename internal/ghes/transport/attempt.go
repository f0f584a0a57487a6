package transport

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Attempt is the result of sending a request once.
type Attempt struct {
	Number         int            // counts the attempts at a request, from 1
	Response       *http.Response // nil without one
	Body           []byte         // of the response, or as much of it as arrived
	Err            error          // says why no response arrived, or not all of one that needs its body
	Sent, Received time.Time      // when the attempt began and ended
	Outcome        Outcome
	MustWait       time.Duration // how long the server asks to wait, when the budget does not allow it
	isUnreadable   bool          // a response has begun, whose head is not HTTP or not complete
}

// Status returns the status of the response, 0 without one.
func (a Attempt) Status() int {
	if a.Response == nil {
		return 0
	}
	return a.Response.StatusCode
}

// Outcome is what the server may have done with a request.
type Outcome int

// The outcomes of an attempt.
const (
	NotSent  Outcome = iota // The request never reached the server.
	Rejected                // The server refused to act, and may act later.
	Complete                // The response decides about the request.
	Unknown                 // The server may have acted, and no response says so.
)

// outcomeOf classifies an attempt. Without a connection nothing can have been sent.
func outcomeOf(a Attempt, isConnected bool) Outcome {
	switch {
	case a.Response == nil && (!isConnected || isUnsent(a.Err)):
		return NotSent
	case a.Response == nil:
		return Unknown
	case a.isLimited():
		return Rejected
	case MayHaveActed(a.Status()):
		return Unknown
	case a.Err == nil:
		return Complete
	case a.Status()/100 == 2: // It was cut short.
		return Unknown
	}
	return Rejected // A refusal that was cut short is one all the same.
}

// MayHaveActed reports whether the server may have acted despite this status, perhaps a proxy's.
func MayHaveActed(status int) bool {
	const clientClosedRequest = 499
	mayHave := slices.Contains([]int{http.StatusSwitchingProtocols, http.StatusRequestTimeout, clientClosedRequest}, status)
	return mayHave || status >= http.StatusInternalServerError && status != http.StatusNotImplemented
}

// isUnsent reports whether a connection has refused a request, as with TLS 1.3 for a certificate.
func isUnsent(err error) bool {
	_, isUnsent := errors.AsType[*unsentError](err)
	_, alert, isAlert := strings.Cut(fmt.Sprint(err), "remote error: tls: ")
	isUnsent = isUnsent || isAlert && containsAny(alert, "certificate", "access denied", "handshake failure", "protocol version")
	return isUnsent || strings.HasPrefix(fmt.Sprint(err), "net/http: invalid header field")
}

// isPermanent reports whether another attempt would fail in the same way, or may lock an account: a
// response without a readable head may be a refusal. Many errors have no type.
func (a Attempt) isPermanent() bool {
	_, isTooLarge := errors.AsType[*http.MaxBytesError](a.Err)
	proxy, isProxy := errors.AsType[*ProxyError](a.Err)
	isRefused := isUnsent(a.Err) || isProxy && proxy.Status/100 == 4 || errors.Is(a.Err, http.ErrSchemeMismatch)
	isKnown := containsAny(fmt.Sprint(a.Err), "tls: ", "x509: ", "malformed", "username/password authentication failed")
	return a.isUnreadable || isTooLarge || isRefused || isKnown
}

func containsAny(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// ErrorBody is the body of an error response, as far as it has that form.
type ErrorBody struct {
	Message          string          `json:"message"`
	DocumentationURL string          `json:"documentation_url"`
	Errors           json.RawMessage `json:"errors"`
}

// ErrorBody decodes the body of an error response. It leaves out parts of another form.
func (a Attempt) ErrorBody() (body ErrorBody) {
	_ = json.Unmarshal(a.Body, &body)
	return body
}

// The words of a 403 that no waiting cures: a token for a password, or too many failed sign-ins.
const (
	TokenAuthMessage = "username and password Basic Auth"
	LockedOutMessage = "Maximum number of login attempts exceeded"
)

// isLimited reports whether the server refuses requests only for now, because there are too many.
func (a Attempt) isLimited() bool {
	_, isAsked := retryAfter(a.Response.Header, a.Received)
	switch a.Response.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		return isAsked
	case http.StatusForbidden:
		body := a.ErrorBody()
		words := strings.ToLower(body.Message + " " + body.DocumentationURL)
		isLimit := isAsked || a.Response.Header.Get("X-Ratelimit-Remaining") == "0" ||
			containsAny(words, "secondary rate limit", "secondary-rate-limits", "abuse detection", "abuse-rate-limits")
		text := strings.ToLower(string(a.Body)) // which may be cut short, or no JSON
		return isLimit && !containsAny(text, strings.ToLower(TokenAuthMessage), strings.ToLower(LockedOutMessage))
	}
	return false
}
