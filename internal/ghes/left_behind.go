package ghes

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// errLate is an attempt that the server refused for the sake of an earlier one,
// on which it had acted late.
var errLate = errors.New("an earlier attempt was acted on late, and what it made is deleted")

// LeftBehindError is in the error of a call whose answer was lost, where it could
// not be found out what the server made of it, or that could not be deleted.
type LeftBehindError struct {
	// IDs are the numbers of what the call may have made, nil where none is known.
	IDs []int64
	// Note, ClientID and Fingerprint are of what the call was to make; the client ID
	// is "" for a personal access token.
	Note, ClientID, Fingerprint string
	// Cause is what became of the answer, besides its status. Err is why it could
	// not be found out or deleted, nil where the server has one that may have been
	// there before.
	Cause, Err error
}

// Error says what was lost, what may be left, and why.
func (e *LeftBehindError) Error() string {
	text := e.What() + " may be left on the server"
	if e.Cause != nil {
		text = e.Cause.Error() + ": " + text
	}
	if e.Err != nil {
		text += ", since it could not be removed: " + e.Err.Error()
	}
	return text
}

// What names what may be left.
func (e *LeftBehindError) What() string {
	var numbers []string
	for _, id := range e.IDs {
		numbers = append(numbers, fmt.Sprintf("authorization %d", id))
	}
	switch {
	case len(numbers) > 0:
		return strings.Join(numbers, " or ")
	case e.Note != "" || e.ClientID == "":
		return fmt.Sprintf("an authorization with note %q", e.Note)
	case e.Fingerprint != "":
		return fmt.Sprintf("an authorization of app %s with fingerprint %q", e.ClientID, e.Fingerprint)
	}
	return "an authorization of app " + e.ClientID
}

// Unwrap returns Cause and Err.
func (e *LeftBehindError) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.Cause, e.Err} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// leftBehind returns err, the last attempt's, with what may be left because of
// cause.
func (m *making) leftBehind(err, cause error) error {
	left := &LeftBehindError{
		IDs: m.others, Note: m.in.Note, ClientID: m.clientID, Fingerprint: m.fingerprint,
		Cause: err, Err: cause,
	}
	if m.told != 0 {
		left.IDs = []int64{m.told}
	}
	failed := Error{Method: m.method, Path: m.Client.path(m.path), Attempts: m.attempts}
	if e, ok := errors.AsType[*Error](err); ok {
		failed, left.Cause = *e, e.Err
	}
	failed.Err = left
	return &failed
}

// interrupted returns the error of a call that was interrupted and tidied up.
func (m *making) interrupted(ctx context.Context) error {
	return &Error{
		Method: m.method, Path: m.Client.path(m.path), Attempts: m.attempts,
		Err: &plainError{"interrupted, and nothing of it is left on the server", ctx.Err()},
	}
}
