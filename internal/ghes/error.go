package ghes

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
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
	// ErrOTPMissing is an ErrOTP for a request without a code.
	ErrOTPMissing = errors.New("no one-time code was given")
	// ErrOTPRefused is an ErrOTP for a fixed code that never worked.
	ErrOTPRefused = errors.New("the one-time code was refused")
	// ErrOTPExpired is an ErrOTP for a fixed code that the server has taken before.
	ErrOTPExpired = errors.New("the one-time code has expired")
	// ErrOTPComputed is an ErrOTP for a code that was computed for the time.
	ErrOTPComputed = errors.New("the computed one-time code was refused")
	// ErrTokenAuth is the 403 for a token in the place of the password.
	ErrTokenAuth = errors.New("a token was given instead of a password")
	// ErrLockedOut is the 403 after too many failed logins.
	ErrLockedOut = errors.New("too many failed logins")
	// ErrNoPasswords is a 403 of a server whose users sign in by SAML or CAS.
	ErrNoPasswords = errors.New("this server takes no passwords")
	// ErrBadClient is the 422 for a wrong client ID or client secret.
	ErrBadClient = errors.New("invalid client ID or client secret")
	// ErrAlreadyExists is the 422 for nothing but a note, or an app and fingerprint,
	// that the user has an authorization for.
	ErrAlreadyExists = errors.New("already exists")
	// ErrNotJSON is an answer that is neither JSON nor has a message of the API's:
	// a web page, as a rule.
	ErrNotJSON = errors.New("the answer is not JSON")
	// ErrWantsHTTPS is what came for unencrypted http where the server, as it seems,
	// speaks https.
	ErrWantsHTTPS = errors.New("unencrypted http where https is spoken")
	// ErrRedirected is a redirect that is not followed, because it leads to
	// another origin or would change the request.
	ErrRedirected = errors.New("redirected")
	// ErrMustWait is a server that asks to wait for longer than Config.MaxWait
	// leaves; the error's text names the time.
	ErrMustWait = errors.New("longer than max_wait allows")
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
	// Attempts is how often the request was sent, 0 where it was not.
	Attempts int
	// Server is what the server says it is, where that was asked to explain
	// ErrNotOffered or ErrNoPasswords; nil where it did not tell.
	Server *Meta
	// SMS reports of an ErrOTP that the user's codes come by text message.
	SMS bool
	// ClockAhead is, of an ErrOTP, by how much the server's clock was ahead of
	// Config.Now; negative where it was behind, 0 where it did not tell.
	ClockAhead time.Duration
	// Err is what went wrong besides the status, nil if nothing did.
	Err error

	// meaning is the sentinel that stands for Message, if one does. Masked, the
	// words may no longer tell.
	meaning error
	// otp is the ErrOTP… for an answer that asks for a code, nil for others.
	otp error
	// foreign is an answer that is not of the API, limited one that says to wait;
	// plain is a request that was not encrypted.
	foreign, limited, plain bool
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
	text := strings.Join(parts, ": ")
	if e.Attempts > 1 {
		text += fmt.Sprintf(", after %d attempts", e.Attempts)
	}
	return text
}

// Unwrap returns what went wrong besides the status.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the sentinels of this package by what the server answered.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Status == http.StatusNotFound && e.Message != "" && e.Err == nil
	case ErrBadCredentials:
		return e.Status == http.StatusUnauthorized && e.otp == nil
	case ErrOTP:
		return e.otp != nil
	case ErrOTPMissing, ErrOTPRefused, ErrOTPExpired, ErrOTPComputed:
		return e.otp == target
	case ErrTokenAuth, ErrLockedOut, ErrNoPasswords, ErrBadClient:
		return e.meaning == target
	case ErrAlreadyExists:
		return e.Status == http.StatusUnprocessableEntity && len(e.Fields) > 0 &&
			!slices.ContainsFunc(e.Fields, func(f FieldError) bool { return f.Code != "already_exists" })
	case ErrNotJSON:
		return e.foreign
	case ErrWantsHTTPS:
		return e.plain && (e.foreign && e.Status == http.StatusBadRequest || errors.Is(e.Err, errNotHTTP))
	}
	return false
}

// refusesCredentials reports that every other request would fare the same, and
// that each one counts towards a locked account.
func refusesCredentials(err error) bool {
	return errors.Is(err, ErrBadCredentials) || errors.Is(err, ErrOTP) || errors.Is(err, ErrTokenAuth) || errors.Is(err, ErrLockedOut) || errors.Is(err, ErrNoPasswords)
}

// ConcernsOthers reports that a request about something else would fare the same
// for now: the credentials are refused, requests are limited, there is no server or
// no such API, or something else answers in its place.
func (e *Error) ConcernsOthers() bool {
	switch e.Status {
	case 0, http.StatusUnauthorized, http.StatusGone, http.StatusTooManyRequests:
		return true
	}
	return refusesCredentials(e) || e.limited || e.foreign || errors.Is(e.Err, ErrMustWait) || errors.Is(e.Err, ErrRedirected)
}

// MayHaveActed reports that the server may have done what it was asked for, though
// no answer says so.
func (e *Error) MayHaveActed() bool {
	return e.Attempts > 0 && (e.Status/100 != 4 || mayHaveActed(e.Status))
}

// provesCredentials reports that the API looked further than the credentials.
func (e *Error) provesCredentials() bool {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return false
	}
	return e.Status/100 == 2 && !e.foreign || e.Status/100 == 4 && e.Message != ""
}

// isUnavailable reports that other requests would fare the same for now: there is
// no server, or it takes none, however often it is asked.
func (e *Error) isUnavailable() bool {
	return e.Status == 0 || e.Attempts > 1 || errors.Is(e.Err, ErrMustWait)
}
