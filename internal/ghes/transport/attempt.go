package transport

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Attempt is what became of sending a request once.
type Attempt struct {
	Number         int            // 1 for the first attempt at a request
	Response       *http.Response // nil if none arrived
	Body           []byte         // of the response, or as much of it as arrived
	Err            error          // why no response arrived, or not all of one that needs its body
	Sent, Received time.Time      // when the attempt began and ended
	Outcome        Outcome
	MustWait       time.Duration // for how long the server asks to wait, if the budget does not allow it
}

// Outcome is what the server may have done with a request.
type Outcome int

// The outcomes of an attempt.
const (
	NotSent  Outcome = iota // The request never reached the server.
	Rejected                // The server refused to act, at least for now.
	Complete                // The response decides about the request.
	Unknown                 // The server may have acted, and no response says so.
)

// outcomeOf classifies an attempt. isConnected says that there was a connection to send the request
// on.
func outcomeOf(a Attempt, isConnected bool) Outcome {
	switch {
	case a.Response == nil && isConnected && !isUnsent(a.Err):
		return Unknown
	case a.Response == nil:
		return NotSent
	case a.isLimited():
		return Rejected
	case MayHaveActed(a.Response.StatusCode):
		return Unknown
	case a.Err == nil:
		return Complete
	case a.Response.StatusCode/100 == 2:
		return Unknown
	}
	return Rejected // A refusal that was cut short is one all the same.
}

// isDecidedByStatus reports whether a status says all: the server, or a proxy, refuses the
// credentials. Such a request is not sent again for the sake of its body, since repeated failures
// lock an account.
func isDecidedByStatus(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusProxyAuthRequired
}

// MayHaveActed reports whether the server may have acted on a request although the response has
// this status. Proxies send some of these too.
func MayHaveActed(status int) bool {
	const clientClosedRequest = 499
	return status == http.StatusRequestTimeout || status == clientClosedRequest ||
		status >= http.StatusInternalServerError && status != http.StatusNotImplemented
}

// isUnsent reports whether the server cannot have taken a request, although there was a connection.
// With TLS 1.3 it refuses client certificates after the handshake.
func isUnsent(err error) bool {
	_, isUnsent := errors.AsType[*unsentError](err)
	return isUnsent || containsAny(err.Error(), "remote error: tls: ", "invalid header field")
}

// isPermanent reports whether an attempt would fail in the same way again. Most errors of TLS, and
// those about what is not HTTP, have no type.
func isPermanent(err error) bool {
	if err == nil {
		return false
	}
	_, isTooLarge := errors.AsType[*http.MaxBytesError](err)
	proxy, isProxy := errors.AsType[*ProxyError](err)
	return isTooLarge || isProxy && proxy.Status/100 == 4 || isUnsent(err) || errors.Is(err, http.ErrSchemeMismatch) ||
		containsAny(err.Error(), "tls: ", "x509: ", "malformed")
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

// ErrorBody decodes the body of an error response. A body that is cut short or is not JSON has
// nothing, and neither has a field of another type.
func (a Attempt) ErrorBody() (body ErrorBody) {
	_ = json.Unmarshal(a.Body, &body)
	return body
}

// The server's words for a 403 that no waiting cures: for a token in the place of the password, and
// for an account with too many failed sign-ins.
const (
	TokenAuthMessage = "username and password Basic Auth"
	LockedOutMessage = "Maximum number of login attempts exceeded"
)

// isLimited reports whether the server refuses requests for now, because there are too many.
func (a Attempt) isLimited() bool {
	_, isAsked := retryAfter(a.Response.Header, a.Received)
	switch a.Response.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		return isAsked
	case http.StatusForbidden:
		body := a.ErrorBody()
		isAsked = isAsked || a.Response.Header.Get("X-Ratelimit-Remaining") == "0" || body.NamesLimit()
		return isAsked && !containsAny(body.Message, TokenAuthMessage, LockedOutMessage)
	}
	return false
}

// NamesLimit reports whether the server's words are about too many requests.
func (b ErrorBody) NamesLimit() bool {
	words := strings.ToLower(b.Message + " " + b.DocumentationURL)
	return containsAny(words, "secondary rate limit", "secondary-rate-limits", "abuse detection", "abuse-rate-limits")
}
