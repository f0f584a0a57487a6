package ghes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
)

// runCreate sends a create until its response arrives. After a lost response it deletes the
// authorization that is provably of this create, and sends the create again: see Lost creates
// in DESIGN.md.
func (c *Client) runCreate(ctx context.Context, op createOp) (createResult, error) {
	var wasLost bool   // whether the response to an earlier attempt was lost
	var mayBeLeft bool // whether the server may have an authorization of a lost response
	budget := c.budget(c.config.MaxWait)
	for attempts := 0; ; {
		result, rest := c.sendCreate(ctx, op, budget, attempts)
		attempts = result.Number
		isLost := result.isLost()
		if !isLost && (!wasLost || !result.saysExists()) {
			return result, c.createError(ctx, op, result, mayBeLeft)
		}
		wasLost = true
		found, err := c.cleanUp(ctx, op, result, &rest)
		switch {
		case err != nil || found.unclear != 0:
			return result, c.leftBehind(op, result, found.unclear, err)
		case found.existedBefore && !isLost:
			return result, result.failure
		case found.deleted && !isLost: // The response was about the authorization that is deleted now.
			late := errors.New("the server executed an earlier attempt late, and the provider has deleted the authorization that it created")
			result.failure, result.authorization = c.newError(op.request, late), nil
		}
		mayBeLeft = found == cleanUpResult{}
		var mayRetry bool
		if budget, mayRetry = rest.Pause(ctx); !mayRetry {
			return result, c.createError(ctx, op, result, mayBeLeft)
		}
	}
}

// createError returns the error that a create ends with, or nil. After a success nothing is left of
// earlier attempts: the server has only one such authorization.
func (c *Client) createError(ctx context.Context, op createOp, result createResult, mayBeLeft bool) error {
	switch {
	case result.created && !result.isLost():
		return result.failure
	case mayBeLeft:
		return c.leftBehind(op, result, 0, nil)
	case result.isLost() && ctx.Err() != nil:
		return c.newError(op.request, &plainError{"the run was interrupted, and this create has left nothing on the server", ctx.Err()})
	}
	return result.failure
}

// createResult is the last attempt at a create, and what its response shows.
type createResult struct {
	transport.Attempt
	authorization *Authorization // nil where the response shows none
	created       bool           // rather than found
	failure       error          // why the create has failed, or why a part of the response was not understood
}

// sendCreate sends a create within a budget, after so many attempts, and reads the response.
func (c *Client) sendCreate(ctx context.Context, op createOp, budget transport.Budget, attempts int) (createResult, transport.Budget) {
	if err := c.checkStopped(op); err != nil {
		return createResult{failure: err}, budget
	}
	attempt, rest := c.send(ctx, op.request, budget)
	attempt.Number += attempts
	a, result := Authorization{}, createResult{Attempt: attempt}
	result.failure = c.decode(ctx, op.request, attempt, &a, op.want...)
	if result.failure == nil && a.ID <= 0 {
		result.failure = c.responseError(op.request, attempt, errNoID)
	}
	if a.ID > 0 {
		result.authorization, result.created = &a, attempt.Status() == http.StatusCreated
	}
	if result.created {
		c.creations.learn(a.CreatedAt, attempt.Sent, attempt.Received)
	}
	return result, rest
}

// checkStopped returns an error if the response to an earlier create was lost.
func (c *Client) checkStopped(op createOp) error {
	earlier := c.stopCreates.Load()
	if earlier == nil {
		return nil
	}
	cause := fmt.Errorf("not sent, because the response to an earlier create was lost: %s may be left on the server", earlier.What)
	return c.newError(op.request, cause)
}

// hasToken reports whether the token of a new authorization is known, whatever else is wrong.
func (r createResult) hasToken() bool { return r.created && r.authorization.Token != "" }

// isLost reports whether the server may have created an authorization without showing its token. A
// 200 is about one that existed, and a web page is not from the server.
func (r createResult) isLost() bool {
	if r.failure == nil || r.hasToken() {
		return false
	}
	isUnexpected := errors.Is(r.failure, errUnexpectedStatus) && !errors.Is(r.failure, ErrNotJSON)
	return r.Outcome == transport.Unknown || r.Status() == http.StatusCreated || isUnexpected
}

// saysExists reports whether the server says that it has such an authorization already.
func (r createResult) saysExists() bool {
	return errors.Is(r.failure, ErrAlreadyExists) || r.failure == nil && !r.created
}

// cleanUpResult is what was found on the server after a lost response.
type cleanUpResult struct {
	deleted       bool  // the authorization of this create
	existedBefore bool  // another one, so that this create has created none
	unclear       int64 // the ID of one that may be of this create, or else 0
}

// cleanUp looks for what a create has left on the server, and deletes it if it is provably of this
// create, also while the run is interrupted. It takes the waits from budget.
func (c *Client) cleanUp(ctx context.Context, op createOp, result createResult, budget *transport.Budget) (cleanUpResult, error) {
	ctx, cancel := transport.WithGrace(ctx)
	defer cancel()
	own := c.budget(budget.Wait)
	defer func() { budget.Wait = own.Wait }()
	found, err := collect(func(number int) (page[Authorization], error) {
		return getPage[Authorization](ctx, c, &own, authorizationsPath, op.in.ClientID, number)
	}, 1, readings, op.matches)
	if len(found) == 0 {
		return cleanUpResult{}, err
	}
	a := found[0]
	switch {
	case c.existedBefore(op, a):
		return cleanUpResult{existedBefore: true}, nil
	case !c.isOf(op, a, result):
		return cleanUpResult{unclear: a.ID}, nil
	}
	remove := itemRequest(http.MethodDelete, authorizationsPath, a.ID)
	attempt, rest := c.send(ctx, remove, own)
	own = rest
	err = c.decode(ctx, remove, attempt, nil, http.StatusNoContent)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return cleanUpResult{unclear: a.ID}, err
	}
	return cleanUpResult{deleted: true}, nil
}

// existedBefore reports whether a is provably not of a create: this client has read or created it
// before, or it lacks the note that was generated for the create.
func (c *Client) existedBefore(op createOp, a Authorization) bool {
	_, isKnown := c.known.Load(a.ID)
	return isKnown || op.in.Unique && a.Note != op.in.Note
}

// isOf reports whether a is provably of a create. Its note was generated for the create, or it
// equals the request and is not older than the request whose response was lost. If the server
// refuses a later attempt because of an authorization, that one may belong to another run.
func (c *Client) isOf(op createOp, a Authorization, result createResult) bool {
	return op.in.Unique || result.isLost() && op.equals(a) && c.isNew(a.CreatedAt, result.Sent)
}

// LeftBehindError is in the error of a lost create that may have left an authorization behind.
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
	failed.Attempts = result.Number
	e, isError := errors.AsType[*Error](result.failure)
	switch {
	case result.saysExists(): // This response says nothing about the lost one.
		left.lost = errors.New("the response to an earlier attempt was lost, and the server now says that the authorization exists")
	case isError:
		*failed, left.lost = *e, e.Err
	}
	if result.saysExists() && result.authorization != nil { // A PUT found one that the list does not show.
		left.ID = cmp.Or(id, result.authorization.ID)
	}
	if left.ID != 0 {
		left.What = fmt.Sprintf("authorization %d", left.ID)
	}
	failed.Err = left
	c.stopCreates.CompareAndSwap(nil, left)
	return failed
}
