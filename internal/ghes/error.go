package ghes

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
)

// The reasons why a call may fail; match them with errors.Is.
var (
	ErrNotFound       = errors.New("not found")                                               // a 404 in the API's own words: it has a message
	ErrNotOffered     = errors.New("this server does not offer the OAuth Authorizations API") // a 404 or 410 of a list
	ErrBadCredentials = errors.New("bad credentials")                                         // a 401 that wants no one-time code
	ErrOTP            = errors.New("one-time code required")                                  // a 401 with X-GitHub-OTP; each of the next four is one
	ErrOTPMissing     = errors.New("no one-time code was given")
	ErrOTPRefused     = errors.New("the one-time code was refused")             // a fixed code that never worked
	ErrOTPExpired     = errors.New("the one-time code has expired")             // a fixed code that the server has accepted before
	ErrOTPComputed    = errors.New("the computed one-time code was refused")    // computed for the current time
	ErrBadToken       = errors.New("bad admin token")                           // a 401 for a site administrator's token
	ErrTokenRefused   = errors.New("the admin token is not allowed to do this") // a 403 for it
	ErrNoUserOrScope  = errors.New("unknown user, or an admin token without the scope site_admin")
	ErrNoUser         = errors.New("unknown user, or the admin token is not a site administrator's")
	ErrNoSiteAdmin    = errors.New("the admin token lacks the scope site_admin")
	ErrTokenAuth      = errors.New("a token was given instead of a password")
	ErrLockedOut      = errors.New("too many failed sign-ins")
	ErrNoPasswords    = errors.New("this server accepts no passwords") // a 403, since its users sign in by SAML or CAS
	ErrProxyAuth      = transport.ErrProxyAuth
	ErrBadClient      = errors.New("invalid client ID or client secret")                                               // of an OAuth app
	ErrAlreadyExists  = errors.New("already exists")                                                                   // a 422 about a note, or an app and fingerprint, and about nothing else
	ErrNotJSON        = errors.New("the response is not JSON")                                                         // and has no message of the API: a web page, as a rule
	ErrWantsHTTPS     = errors.New("the server seems to use https on this port, and the request was unencrypted http") // by the server
	ErrRedirected     = errors.New("redirected")                                                                       // to another origin, or to another request; not followed
	ErrMustWait       = errors.New("longer than max_wait allows")                                                      // the error's text says how long
)

// The reasons why a response with the right status is not accepted.
var (
	errUnexpectedStatus = errors.New("unexpected status")
	errMalformed        = errors.New("the response is cut short or not valid JSON")
	errWrongForm        = errors.New("the response does not have the form that the API documents")
	errNotHTTP          = errors.New("the response is not HTTP")
	errWrongID          = errors.New("the response is about a different authorization or grant than the request")
	errNoID             = errors.New("the response has an authorization or grant without a valid ID")
)

// plainError says in plain words what another error is.
type plainError struct {
	words string
	error
}

func (e *plainError) Error() string { return e.words }

func (e *plainError) Unwrap() error { return e.error }

// Error is a call that failed. It holds nothing of the request and the response but these fields.
type Error struct {
	Method, Path string        // of the request; Path is escaped and has no query
	Status       int           // of the response, 0 without one
	Message      string        // the server's own
	Fields       []FieldError  // the parts of the request that the server rejected
	RequestID    string        // the X-GitHub-Request-Id, which the server's operators can look up
	Location     string        // the origin that a redirect leads to
	Attempts     int           // how often the request was sent
	Object       string        // names the authorization or the grant that the request is about, "" for a list
	Account      string        // Config.Account
	Origins      string        // Config.Origins
	Server       *ServerInfo   // of an ErrNotOffered or ErrNoPasswords: what the server says about itself
	SMS          bool          // of an ErrOTP: the user gets codes by text message
	ClockAhead   time.Duration // of an ErrOTP: how much the server's clock was ahead of Config.Now, as far as it is known
	Err          error         // what went wrong besides the status

	kinds   []error // the reasons above that match the response
	limited bool    // the server refuses requests, and may accept them later
}

// FieldError is one entry of a 422's errors.
type FieldError struct{ Resource, Field, Code, Message string }

// String returns the entry in one line: the server's message, or else the field and the code.
func (f FieldError) String() string {
	return cmp.Or(quoted(f.Message), joinNonEmpty(strings.Trim(f.Resource+"."+f.Field, "."), f.Code))
}

// Error returns in one line the request, the status, and the server's words in quotes.
func (e *Error) Error() string {
	status := strings.TrimPrefix(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)), "0 ")
	parts := []string{e.Method + " " + e.Path, strings.TrimSpace(status), quoted(e.Message)}
	if e.Is(ErrNotJSON) && e.Status >= http.StatusBadRequest {
		parts = append(parts, ErrNotJSON.Error())
	}
	for _, f := range e.Fields {
		parts = append(parts, f.String())
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	if e.Location != "" {
		parts = append(parts, "to "+e.Location)
	}
	text := joinNonEmpty(parts...)
	if e.Attempts > 1 {
		text += fmt.Sprintf(", after %d attempts", e.Attempts)
	}
	return text
}

// quoted marks the server's own words, so that nobody takes them for the provider's. It is "" for none.
func quoted(message string) string {
	if message == "" {
		return ""
	}
	return strconv.Quote(message)
}

func joinNonEmpty(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ": ")
}

// Unwrap returns what went wrong besides the status.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the reasons for the error. A 404 with another explanation in Err is not ErrNotFound.
func (e *Error) Is(target error) bool {
	isExplained := e.Err != nil && target == ErrNotFound
	return !isExplained && slices.Contains(e.kinds, target)
}

// refusesCredentials reports whether other requests would be refused too, and may lock the account.
func refusesCredentials(err error) bool {
	return isAnyOf(err, ErrBadCredentials, ErrBadToken, ErrOTP, ErrTokenAuth, ErrLockedOut, ErrNoPasswords, ErrProxyAuth)
}

func isAnyOf(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
}

// ConcernsOthers reports whether other requests would fail too for now: the credentials are
// refused, requests are limited, there is no server or no such API, or something else responds.
func (e *Error) ConcernsOthers() bool {
	isGeneral := slices.Contains([]int{0, http.StatusGone, http.StatusTooManyRequests}, e.Status) || e.limited
	return isGeneral || refusesCredentials(e) || isAnyOf(e, ErrNotJSON, ErrMustWait, ErrRedirected)
}

// MayHaveActed reports whether the server may have acted on the request all the same.
func (e *Error) MayHaveActed() bool {
	return e.Attempts > 0 && (e.Status/100 != 4 || transport.MayHaveActed(e.Status))
}

// provesCredentials reports whether the API looked further than the credentials.
func (e *Error) provesCredentials() bool {
	isFromAPI := e.Status/100 == 2 && !e.Is(ErrNotJSON) || e.Status/100 == 4 && e.Message != ""
	return isFromAPI && !slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusTooManyRequests}, e.Status)
}
