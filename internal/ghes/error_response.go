package ghes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
)

// failure returns the error of an attempt that did not bring the response that is wanted.
func (c *Client) failure(ctx context.Context, r transport.Request, a transport.Attempt) error {
	switch {
	case a.Err != nil && ctx.Err() != nil:
		return ctx.Err()
	case a.Response == nil:
		e := c.newError(r, c.explain(a))
		e.Attempts = a.Number
		if errors.Is(e.Err, errNotHTTP) && c.config.BaseURL.Scheme == "http" {
			e.kinds = []error{ErrWantsHTTPS}
		}
		return e
	}
	e := c.responseError(r, a, nil)
	target, isRedirect := transport.RedirectTarget(a.Response)
	switch {
	case a.Err != nil:
		e.Err = c.explain(a)
	case isRedirect:
		e.Err, e.Location = ErrRedirected, c.config.Secrets.Sanitize(target, 200)
	case e.Status/100 == 2:
		e.Err = errUnexpectedStatus
	case e.Status == http.StatusProxyAuthRequired:
		e.Err = transport.ProxyRefusal(a.Response)
	case a.MustWait > 0:
		until := time.Now().Add(a.MustWait).Format(time.DateTime)
		e.Err = fmt.Errorf("the server asks to wait until %s (%s), %w", until, a.MustWait.Round(time.Second), ErrMustWait)
	}
	return c.explainForbidden(ctx, e)
}

// responseError returns an error with cause and all that the response says, through Sanitize.
func (c *Client) responseError(r transport.Request, a transport.Attempt, cause error) *Error {
	e, header, sanitize := c.newError(r, cause), a.Response.Header, c.config.Secrets.Sanitize
	e.Status, e.Attempts = a.Response.StatusCode, a.Number
	e.RequestID = sanitize(header.Get("X-Github-Request-Id"), 100)
	body := a.ErrorBody()
	e.Message = sanitize(body.Message, 500)
	for _, f := range fieldErrors(body.Errors) {
		e.Fields = append(e.Fields, FieldError{sanitize(f.Resource, 100), sanitize(f.Field, 100), sanitize(f.Code, 100), sanitize(f.Message, 500)})
	}
	e.limited = a.Outcome == transport.Rejected
	e.kinds = append(c.otpKinds(e, header), c.kindsOf(e, body.Message, header)...)
	return e
}

// kindsOf returns the reasons that a response stands for, but for a 401's. message is not redacted.
func (c *Client) kindsOf(e *Error, message string, header http.Header) (kinds []error) {
	isAdmin := c.config.Token != ""
	isForeign := e.Message == "" && (!isJSON(header) || e.Status >= http.StatusBadRequest && header.Get("Content-Type") == "")
	isOtherError := func(f FieldError) bool { return f.Code != "already_exists" }
	for _, kind := range []struct {
		status int
		err    error
		is     bool
	}{
		{http.StatusNotFound, ErrNotFound, e.Message != ""},
		{http.StatusForbidden, ErrTokenRefused, isAdmin && !isForeign && !e.limited},
		{http.StatusForbidden, ErrTokenAuth, !isAdmin && strings.Contains(message, transport.TokenAuthMessage)},
		{http.StatusForbidden, ErrLockedOut, strings.Contains(message, transport.LockedOutMessage)},
		{http.StatusUnprocessableEntity, ErrBadClient, strings.Contains(message, "client_id or secret")},
		{http.StatusUnprocessableEntity, ErrAlreadyExists, len(e.Fields) > 0 && !slices.ContainsFunc(e.Fields, isOtherError)},
		{http.StatusBadRequest, ErrWantsHTTPS, isForeign && c.config.BaseURL.Scheme == "http"},
		{e.Status, ErrNotJSON, isForeign},
	} {
		if kind.is && kind.status == e.Status {
			kinds = append(kinds, kind.err)
		}
	}
	return kinds
}

// otpKinds returns what a 401 means, and sets what it says about one-time codes in e.
func (c *Client) otpKinds(e *Error, header http.Header) []error {
	asked := strings.ToLower(header.Get("X-Github-Otp"))
	switch {
	case e.Status != http.StatusUnauthorized:
		return nil
	case c.config.Token != "":
		return []error{ErrBadToken}
	case !strings.HasPrefix(asked, "required"):
		return []error{ErrBadCredentials}
	}
	e.SMS = strings.HasSuffix(asked, "sms")
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		e.ClockAhead = date.Sub(c.config.Now().Truncate(time.Second)) // Date has whole seconds.
	}
	switch {
	case c.config.OTP == nil:
		return []error{ErrOTP, ErrOTPMissing}
	case !c.config.OTPFixed:
		return []error{ErrOTP, ErrOTPComputed}
	case c.gate.accepted.Load():
		return []error{ErrOTP, ErrOTPExpired}
	}
	return []error{ErrOTP, ErrOTPRefused}
}

// fieldErrors decodes at most 20 errors of a 422, which may be texts, and none of more than 256
// KiB, since redacting these would take seconds.
func fieldErrors(list json.RawMessage) (fields []FieldError) {
	var entries []json.RawMessage
	if len(list) < 256<<10 {
		_ = json.Unmarshal(list, &entries) // Anything but a list has none.
	}
	for _, entry := range entries[:min(len(entries), 20)] {
		var field FieldError
		_ = json.Unmarshal(entry, &field) // One of these fits.
		_ = json.Unmarshal(entry, &field.Message)
		fields = append(fields, field)
	}
	return fields
}

// explain says in plain words why no response arrived, or not the whole one.
func (c *Client) explain(a transport.Attempt) error {
	timeout, isNetwork := errors.AsType[net.Error](a.Err)
	_, isTooLarge := errors.AsType[*http.MaxBytesError](a.Err)
	switch isCut := isAnyOf(a.Err, io.EOF, io.ErrUnexpectedEOF); {
	case isTooLarge:
		return fmt.Errorf("the response is larger than %d MiB", transport.MaxBody>>20)
	case isNetwork && timeout.Timeout():
		return &plainError{"no response in time", a.Err}
	case isCut && a.Response != nil:
		return errMalformed
	case isCut:
		return &plainError{"the server closed the connection without a response", a.Err}
	case strings.Contains(a.Err.Error(), "malformed"):
		return &plainError{errNotHTTP.Error(), errors.Join(errNotHTTP, a.Err)} // net/http would repeat what came.
	}
	return &plainError{c.config.Secrets.Sanitize(a.Err.Error(), 500), a.Err}
}
