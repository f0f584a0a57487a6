package ghes

import (
	"cmp"
	"errors"
	"fmt"
)

// LeftBehindError is in the error of a create whose response was lost, if the server may have an
// authorization of it whose token is lost.
type LeftBehindError struct {
	ID   int64  // of an authorization that may be of the create, 0 where none is known
	What string // names the authorization by its ID, or else by its note or its app

	lost    error // what happened to the response, besides its status
	cleanUp error // why the authorization could not be found or deleted
}

// Error says what happened, what may be left, and why.
func (e *LeftBehindError) Error() string {
	text := e.What + " may be left on the server"
	if e.lost != nil {
		text = e.lost.Error() + ": " + text
	}
	if e.cleanUp != nil {
		text += ", because the provider could not find or delete it: " + e.cleanUp.Error()
	}
	return text
}

// Unwrap returns the causes, each of which may be nil.
func (e *LeftBehindError) Unwrap() []error { return []error{e.lost, e.cleanUp} }

// leftBehind stops all other creates of this client, and returns the error of a create that ends
// with result. id and cleanUp are for LeftBehindError, and may be 0 and nil.
func (c *Client) leftBehind(op createOp, result createResult, id int64, cleanUp error) error {
	left := &LeftBehindError{ID: id, What: c.config.Secrets.Sanitize(op.String(), 200), lost: result.failure, cleanUp: cleanUp}
	failed := c.newError(op.request, nil)
	e, isError := errors.AsType[*Error](result.failure)
	if isError {
		failed.Attempts = e.Attempts
	}
	switch {
	case result.saysExists(): // This response says nothing about the lost one.
		left.lost = errors.New("the response to an earlier attempt was lost, and the server now says that the authorization exists")
	case isError:
		*failed, left.lost = *e, e.Err
	}
	if result.authorization != nil { // A PUT found one that the list does not show.
		left.ID = cmp.Or(id, result.authorization.ID)
	}
	if left.ID != 0 {
		left.What = fmt.Sprintf("authorization %d", left.ID)
	}
	failed.Err = left
	c.stopCreates.CompareAndSwap(nil, left)
	return failed
}
