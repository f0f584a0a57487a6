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
	"strings"
	"unicode"

	"github.com/google/go-github/v92/github"
)

// failure makes an Error of whatever go-github, net/http or this package found
// wrong with the answer resp to req. All that the server says goes through words:
// nothing of an answer that has not is in an error.
func (c *Client) failure(req *http.Request, resp *github.Response, err error) error {
	e := &Error{Method: req.Method, Path: c.secrets.Mask(req.URL.EscapedPath()), plain: req.URL.Scheme == "http"}
	if resp == nil || resp.Response == nil {
		return c.lost(req.Context(), e, err)
	}
	e.Status = resp.StatusCode
	e.RequestID = c.words(resp.Header.Get("X-Github-Request-Id"), 100)
	e.foreign = !isJSON(resp.Header)
	e.limited = resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-Ratelimit-Remaining") == "0"
	c.challenge(e, resp.Header)
	switch err := err.(type) { //nolint:errorlint // go-github's Do returns these as they are.
	case *github.ErrorResponse:
		e.limited = e.limited || namesLimit(err.Message, err.DocumentationURL)
		c.said(e, cmp.Or(err.Message, messageOf(resp.Body)), err.Errors)
	case *github.TwoFactorAuthError:
		c.said(e, err.Message, err.Errors)
	case *github.RateLimitError:
		c.said(e, err.Message, nil)
	case *github.AbuseRateLimitError:
		e.limited = true
		c.said(e, err.Message, nil)
	case *github.RedirectionError:
		e.Err = ErrRedirected
		if err.Location != nil {
			e.Location = c.words(origin(req.URL.ResolveReference(err.Location)), 200)
		}
	case *github.AcceptedError:
		e.Err = errUnexpectedStatus
	default:
		return c.lost(req.Context(), e, err)
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
func (c *Client) lost(ctx context.Context, e *Error, err error) error {
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
	if words := c.words(err.Error(), 500); words != err.Error() {
		err = &plainError{words, err}
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

// said records the server's words in e.
func (c *Client) said(e *Error, message string, fields []github.Error) {
	e.Message, e.meaning = c.words(message, 500), meaning(e.Status, message)
	for _, f := range fields[:min(len(fields), 20)] {
		e.Fields = append(e.Fields, FieldError{
			Resource: c.words(f.Resource, 100),
			Field:    c.words(f.Field, 100),
			Code:     c.words(f.Code, 100),
			Message:  c.words(f.Message, 500),
		})
	}
}

// meaning returns the sentinel that a message of the server stands for, nil
// where none does.
func meaning(status int, message string) error {
	switch {
	case status == http.StatusForbidden && strings.Contains(message, "username and password Basic Auth"):
		return ErrTokenAuth
	case status == http.StatusForbidden && strings.Contains(message, "Maximum number of login attempts exceeded"):
		return ErrLockedOut
	case status == http.StatusUnprocessableEntity && strings.Contains(message, "client_id or secret"):
		return ErrBadClient
	}
	return nil
}

// words makes text of the server fit to print: no secret, nothing invisible, and
// at most limit characters. Secrets go first, while they are whole.
func (c *Client) words(s string, limit int) string {
	s = c.secrets.Mask(s)
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return s
}
