package ghes

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/google/go-github/v92/github"
)

// What a failed call may mean; match with errors.Is.
var (
	// ErrNotFound is a 404 in the API's own words: it has a message.
	ErrNotFound = errors.New("not found")
	// ErrNotOffered is a 404 or 410 for the collection itself: the server has
	// no OAuth Authorizations API.
	ErrNotOffered = errors.New("this server does not offer the OAuth Authorizations API")
	// ErrBadCredentials is a 401 that asks for no code.
	ErrBadCredentials = errors.New("bad credentials")
	// ErrOTP is a 401 with X-GitHub-OTP: a code is missing or was refused.
	ErrOTP = errors.New("two-factor code required")
	// ErrTokenAuth is the 403 for a token in the place of the password.
	ErrTokenAuth = errors.New("a token was given instead of a password")
	// ErrLockedOut is the 403 after too many failed logins.
	ErrLockedOut = errors.New("too many failed logins")
	// ErrBadClient is the 422 for a wrong client ID or client secret.
	ErrBadClient = errors.New("invalid client ID or client secret")
	// ErrAlreadyExists is the 422 for nothing but a note, or an app and fingerprint,
	// that the user has an authorization for.
	ErrAlreadyExists = errors.New("already exists")
	// ErrNotJSON is an answer that is neither JSON nor has a message of the API's:
	// a web page, as a rule.
	ErrNotJSON = errors.New("the answer is not JSON")
	// ErrRedirected is a redirect that is not followed, because it leads to
	// another origin or would change the request.
	ErrRedirected = errors.New("redirected")
)

// Why an answer with a fine status is not taken.
var (
	errUnexpectedStatus = errors.New("the API does not document this status here")
	errEmpty            = errors.New("the answer is empty")
	errMalformed        = errors.New("the answer is cut short or not valid JSON")
	errWrongForm        = errors.New("the answer does not have the form that the API documents")
	errNotHTTP          = errors.New("the answer is not HTTP")
	errNoNumber         = errors.New("the answer is not about the authorization or grant that was asked for")
)

// typeError is an answer with a field of the wrong type.
type typeError struct{ field, got string }

func (e *typeError) Error() string {
	kind, _, _ := strings.Cut(e.got, " ") // what follows is the number itself
	if e.field == "" {
		return fmt.Sprintf("the answer is a JSON %s, which the API does not document", kind)
	}
	return fmt.Sprintf("%q in the answer is a JSON %s, which the API does not document", e.field, kind)
}

// Error is a call that failed. Of the request it holds nothing but method and
// path, and of the answer nothing but what its fields say.
type Error struct {
	// Method and Path are the request's. Path is escaped and has no query.
	Method, Path string
	// Status is the answer's, 0 where there was none.
	Status int
	// Message is the server's own word for it, "" where it gave none.
	Message string
	// Fields are the parts of the request that the server found wrong.
	Fields []FieldError
	// RequestID is the answer's X-GitHub-Request-Id, for the server's operators.
	RequestID string
	// Location is the origin that a redirect leads to.
	Location string
	// Err is what went wrong besides the status, nil if nothing did.
	Err error

	// foreign is an answer that is not of the API, otp one that asks for a code.
	foreign, otp bool
}

// FieldError is one entry of a 422's errors.
type FieldError struct{ Resource, Field, Code, Message string }

// String returns the entry in one line, the server's message first.
func (f FieldError) String() string {
	name := strings.Trim(f.Resource+"."+f.Field, ".")
	switch {
	case f.Message != "":
		return f.Message
	case name == "":
		return f.Code
	}
	return name + ": " + f.Code
}

// newError makes an Error of whatever go-github, net/http or this package
// found wrong with the answer resp to req.
func newError(req *http.Request, resp *github.Response, err error) error {
	e := &Error{Method: req.Method, Path: req.URL.EscapedPath()}
	if resp == nil || resp.Response == nil {
		return e.lost(req.Context(), err)
	}
	e.Status = resp.StatusCode
	e.RequestID = oneLine(resp.Header.Get("X-Github-Request-Id"), 100)
	e.foreign = !isJSON(resp.Header)
	e.otp = strings.HasPrefix(strings.ToLower(resp.Header.Get("X-Github-Otp")), "required")
	switch err := err.(type) { //nolint:errorlint // go-github's Do returns these as they are.
	case *github.ErrorResponse:
		e.said(cmp.Or(err.Message, messageOf(resp.Body)), err.Errors)
	case *github.TwoFactorAuthError:
		e.said(err.Message, err.Errors)
	case *github.RateLimitError:
		e.said(err.Message, nil)
	case *github.AbuseRateLimitError:
		e.said(err.Message, nil)
	case *github.RedirectionError:
		e.Err = ErrRedirected
		if err.Location != nil {
			e.Location = oneLine(origin(req.URL.ResolveReference(err.Location)), 200)
		}
	case *github.AcceptedError:
		e.Err = errUnexpectedStatus
	default:
		return e.lost(req.Context(), err)
	}
	e.foreign = e.Message == "" && (e.foreign || e.Status >= http.StatusBadRequest && resp.Header.Get("Content-Type") == "")
	return e
}

// messageOf finds the message of an error's body from which go-github took
// nothing, because something else in it has a form that it does not know.
func messageOf(body io.Reader) string {
	var said struct {
		Message string `json:"message"`
	}
	if json.NewDecoder(body).Decode(&said) != nil {
		return ""
	}
	return said.Message
}

// lost completes e where the request or its answer did not come through, or
// the answer is not what it should be.
func (e *Error) lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		err = fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case ok && timeout.Timeout():
		err = &plainError{"no answer in time", err}
	case e.Status != 0 && errors.Is(err, io.ErrUnexpectedEOF):
		err = errMalformed
	case e.Status == 0 && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		err = &plainError{"the server closed the connection without an answer", err}
	case strings.Contains(err.Error(), "malformed"):
		err = errNotHTTP // net/http's words would repeat what came
	}
	e.Err = err
	return e
}

// plainError says in plain words what another error is.
type plainError struct {
	words string
	error
}

func (e *plainError) Error() string { return e.words }

func (e *plainError) Unwrap() error { return e.error }

// said records the server's words.
func (e *Error) said(message string, fields []github.Error) {
	e.Message = oneLine(message, 500)
	for _, f := range fields[:min(len(fields), 20)] {
		e.Fields = append(e.Fields, FieldError{
			Resource: oneLine(f.Resource, 100),
			Field:    oneLine(f.Field, 100),
			Code:     oneLine(f.Code, 100),
			Message:  oneLine(f.Message, 500),
		})
	}
}

// Error returns what happened in one line: request, status, the server's words.
func (e *Error) Error() string {
	parts := []string{e.Method + " " + e.Path}
	if e.Status != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))))
	}
	switch {
	case e.Message != "":
		parts = append(parts, e.Message)
	case e.foreign && e.Status >= http.StatusBadRequest:
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
	return strings.Join(parts, ": ")
}

// Unwrap returns what went wrong besides the status.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the sentinels of this package by what the server answered.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Status == http.StatusNotFound && e.Message != "" && e.Err == nil
	case ErrBadCredentials:
		return e.Status == http.StatusUnauthorized && !e.otp
	case ErrOTP:
		return e.Status == http.StatusUnauthorized && e.otp
	case ErrTokenAuth:
		return e.Status == http.StatusForbidden && strings.Contains(e.Message, "username and password Basic Auth")
	case ErrLockedOut:
		return e.Status == http.StatusForbidden && strings.Contains(e.Message, "Maximum number of login attempts exceeded")
	case ErrBadClient:
		return e.Status == http.StatusUnprocessableEntity && strings.Contains(e.Message, "client_id or secret")
	case ErrAlreadyExists:
		return e.Status == http.StatusUnprocessableEntity && len(e.Fields) > 0 &&
			!slices.ContainsFunc(e.Fields, func(f FieldError) bool { return f.Code != "already_exists" })
	case ErrNotJSON:
		return e.foreign
	}
	return false
}

// refusesCredentials reports that every other request would fare the same, and
// that each one counts towards a locked account.
func (e *Error) refusesCredentials() bool {
	return e.Is(ErrBadCredentials) || e.Is(ErrOTP) || e.Is(ErrTokenAuth) || e.Is(ErrLockedOut)
}

// provesCredentials reports that the API looked further than the credentials.
func (e *Error) provesCredentials() bool {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return false
	}
	return e.Status/100 == 2 && !e.foreign || e.Status/100 == 4 && e.Message != ""
}

// notOffered turns the API's 404 and 410 for a collection into ErrNotOffered
// and leaves every other error, nil included, as it is.
func notOffered(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Message == "" || e.Status != http.StatusNotFound && e.Status != http.StatusGone {
		return err
	}
	absent := *e
	absent.Err = ErrNotOffered
	return &absent
}

// oneLine makes text of the server fit to print: nothing invisible, and at most
// limit characters.
func oneLine(s string, limit int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return s
}
