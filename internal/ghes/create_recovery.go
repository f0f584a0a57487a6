package ghes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
)

// createAttempt is one attempt at a create.
type createAttempt struct {
	transport.Attempt
	authorization *Authorization // nil where the response shows none
	created       bool           // rather than found
	err           error
}

// hasToken reports whether the token of a new authorization is known, whatever else may be wrong
// with the response.
func (a createAttempt) hasToken() bool { return a.created && a.authorization.Token != "" }

// isLost reports whether the server may have created an authorization whose token the response does
// not show. A web page with the status 200 is a sign-in page in front of the server.
func (a createAttempt) isLost() bool {
	if a.err == nil || a.hasToken() {
		return false
	}
	isSuccess := a.status() == http.StatusCreated || a.status()/100 == 2 && !errors.Is(a.err, ErrNotJSON)
	return a.Outcome == transport.Unknown || isSuccess
}

// status returns the status of the response, 0 without one.
func (a createAttempt) status() int {
	if a.Response == nil {
		return 0
	}
	return a.Response.StatusCode
}

// saysExists reports whether the server has such an authorization already.
func (a createAttempt) saysExists() bool {
	return errors.Is(a.err, ErrAlreadyExists) || a.err == nil && !a.created
}

// reportedID returns the ID that a broken response gives the new authorization, 0 if it gives none.
func (a createAttempt) reportedID() int64 {
	if a.status() != http.StatusCreated {
		return 0
	}
	id, _ := strconv.ParseInt(path.Base(a.Response.Header.Get("Location")), 10, 64)
	if a.authorization != nil {
		id = a.authorization.ID
	}
	return max(0, id)
}

// runCreate sends a create until its response arrives. After a lost response it deletes what is
// provably of this create, and sends the create again. If it cannot tell what the server has, it
// ends with a *LeftBehindError.
func (c *Client) runCreate(ctx context.Context, op createOp) (createAttempt, error) {
	var lostSince time.Time // when the first attempt was sent whose response was lost
	var isOpen bool         // whether the server may have something of a lost attempt
	budget := c.budget()
	for attempts := 0; ; {
		last, rest := c.attemptCreate(ctx, op, budget, attempts)
		attempts += last.Number
		isLost := last.isLost()
		if !isLost && (lostSince.IsZero() || !last.saysExists()) {
			return last, c.endCreate(ctx, op, last, isOpen)
		}
		if lostSince.IsZero() {
			lostSince = last.Sent
		}
		found, err := c.cleanUp(ctx, op, last, lostSince, &rest)
		if err != nil || found.suspect != 0 {
			return last, c.leftBehind(op, last, found.suspect, err)
		}
		if isOpen = !found.deleted && !found.isOther; found.deleted && !isLost {
			last.err, last.authorization = c.newError(op.request, errActedLate), nil // It is deleted now.
		}
		var mayRetry bool
		if budget, mayRetry = rest.Pause(ctx); !mayRetry {
			return last, c.endCreate(ctx, op, last, isOpen)
		}
	}
}

// endCreate returns the error that a create ends with. isOpen says that an attempt may have left
// something on the server.
func (c *Client) endCreate(ctx context.Context, op createOp, last createAttempt, isOpen bool) error {
	switch {
	case last.created && !last.isLost():
		return last.err
	case isOpen:
		return c.leftBehind(op, last, 0, nil)
	case last.isLost() && ctx.Err() != nil:
		return c.newError(op.request, &plainError{"interrupted, and nothing of it is left on the server", ctx.Err()})
	}
	return last.err
}

// attemptCreate sends a create once more, after so many attempts, and reads the response.
func (c *Client) attemptCreate(ctx context.Context, op createOp, budget transport.Budget, attempts int) (createAttempt, transport.Budget) {
	if earlier := c.stopCreates.Load(); earlier != nil {
		cause := fmt.Errorf("not sent, because the response to an earlier create was lost: %s may be left on the server", earlier.What)
		return createAttempt{err: c.newError(op.request, cause)}, budget
	}
	sent, rest := c.send(ctx, op.request, budget)
	a, last := Authorization{}, createAttempt{Attempt: sent}
	last.err = c.decode(ctx, op.request, sent, &a, op.want...)
	if last.err == nil && a.ID <= 0 {
		last.err = c.unexpected(op.request, sent, errWrongID)
	}
	if e, ok := errors.AsType[*Error](last.err); ok {
		e.Attempts += attempts
	}
	if a.ID > 0 {
		last.authorization, last.created = &a, last.status() == http.StatusCreated
	}
	if last.created {
		c.creations.learn(a.CreatedAt, sent.Sent, sent.Received)
	}
	return last, rest
}

// cleanUpResult is what was found on the server after a lost response.
type cleanUpResult struct {
	deleted bool  // the authorization of the create
	isOther bool  // another one, beside which the server has none of the create
	suspect int64 // the ID of one that may be of the create, or else 0
}

// cleanUp looks for what a create has left on the server, and deletes it if it is provably of this
// create. It does so also while the run is interrupted, and takes the waits for that from budget.
func (c *Client) cleanUp(ctx context.Context, op createOp, last createAttempt, lostSince time.Time, budget *transport.Budget) (cleanUpResult, error) {
	ctx, cancel := transport.WithGrace(ctx)
	defer cancel()
	look, reported := transport.NewBudget(c.config.MaxRetries, budget.Wait, c.config.Backoff), last.reportedID()
	defer func() { budget.Wait = look.Wait }()
	found, err := collect(func(number int) (page[Authorization], error) {
		return c.authorizationsPage(ctx, &look, op.clientID, number)
	}, 1, func(a Authorization) bool { return a.ID == reported || op.matches(a) })
	if err != nil || len(found) == 0 {
		return cleanUpResult{suspect: reported}, err
	}
	a := found[0]
	switch {
	case c.isOfOther(op, a):
		return cleanUpResult{isOther: true}, nil
	case !c.isOwn(op, a, reported, lostSince):
		return cleanUpResult{suspect: a.ID}, nil
	}
	remove := authorizationRequest(http.MethodDelete, a.ID)
	attempt, look := c.send(ctx, remove, look)
	err = c.decode(ctx, remove, attempt, nil, http.StatusNoContent)
	if err == nil || errors.Is(err, ErrNotFound) {
		return cleanUpResult{deleted: true}, nil
	}
	return cleanUpResult{suspect: a.ID}, err
}

// isOfOther reports whether a, beside which the server has none of the create, is provably not of
// it: this client has seen it before, or it lacks the note that was generated for the create.
func (c *Client) isOfOther(op createOp, a Authorization) bool {
	_, isSeen := c.seen.Load(a.ID)
	return isSeen || op.in.Unique && a.Note != op.in.Note
}

// isOwn reports whether a is provably of a create: a broken response reported its ID, its note was
// generated for the create, or it equals what was asked for and is new. Of two equal ones that were
// created in the same second nobody can tell.
func (c *Client) isOwn(op createOp, a Authorization, reported int64, lostSince time.Time) bool {
	return op.matches(a) && (a.ID == reported || op.in.Unique) || op.equals(a) && c.isNew(a.CreatedAt, lostSince)
}
