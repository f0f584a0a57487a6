package ghes

import (
	"cmp"
	"errors"
	"fmt"
)

// LeftBehindError is in the error of a create whose response was lost, if the server may have an
// authorization of it whose token nobody has.
type LeftBehindError struct {
	ID    int64  // of an authorization that may be of the create, 0 where none is known
	What  string // names the authorization by its ID, or else by its note or its app
	Cause error  // what happened to the response, besides its status
	Err   error  // why the authorization could not be found or deleted
}

// Error says what happened, what may be left, and why.
func (e *LeftBehindError) Error() string {
	text := joinNonEmpty(textOf(e.Cause), e.What+" may be left on the server")
	if e.Err != nil {
		text += ", since it could not be removed: " + e.Err.Error()
	}
	return text
}

// Unwrap returns Cause and Err.
func (e *LeftBehindError) Unwrap() []error { return []error{e.Cause, e.Err} }

var (
	errExistsAfterLoss = errors.New("the response to an earlier attempt was lost, and the server now says that the authorization exists")
	errActedLate       = errors.New("the server acted late on an earlier attempt, and the authorization that it created is deleted")
)

// leftBehind returns the error of a create that ends with attempt last, and stops all other creates
// of this client. id is that of an authorization that may be of it, or 0, and cause is why that
// could not be deleted.
func (c *Client) leftBehind(op createOp, last createAttempt, id int64, cause error) error {
	failed := c.newError(op.request, nil)
	left := &LeftBehindError{ID: id, What: op.String(), Cause: last.err, Err: cause}
	e, isError := errors.AsType[*Error](last.err)
	if isError {
		failed.Attempts = e.Attempts
	}
	switch {
	case last.saysExists():
		left.Cause = errExistsAfterLoss
	case isError:
		*failed, left.Cause = *e, e.Err
	}
	if last.authorization != nil {
		left.ID = cmp.Or(id, last.authorization.ID)
	}
	if left.ID != 0 {
		left.What = fmt.Sprintf("authorization %d", left.ID)
	}
	failed.Err = left
	c.stopCreates.CompareAndSwap(nil, left)
	return failed
}
