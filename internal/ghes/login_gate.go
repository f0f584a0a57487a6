package ghes

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// loginGate spares an account from being locked. Until the server has accepted the credentials,
// calls go one at a time. Once it has refused them, no call goes.
type loginGate struct {
	accepted atomic.Bool

	mu      sync.Mutex
	refusal *NotSentError // the error of all calls after a refusal
	probe   *loginProbe   // the call that tries the credentials now; of no use once they are accepted
}

// loginProbe is a call whose end other calls wait for.
type loginProbe struct {
	done   chan struct{}
	shared *NotSentError // the error of the calls that have waited, unless they may succeed
}

// NotSentError says that a call sent nothing, since an earlier call has shown that it would fail.
type NotSentError struct {
	First     error // the error of the earlier call
	IsRefusal bool  // the server, or a proxy, refuses the credentials
}

// notSent returns the error of later calls. It leaves out the authorizations that first may have
// left behind, because they do not concern these calls.
func notSent(first error) *NotSentError {
	if left, ok := errors.AsType[*LeftBehindError](first); ok {
		first = cmp.Or(left.cleanUp, left.lost, first)
	}
	return &NotSentError{First: first, IsRefusal: refusesCredentials(first)}
}

// Error repeats the first error.
func (e *NotSentError) Error() string {
	return "not sent, because an earlier request failed: " + e.First.Error()
}

// Unwrap returns the first error.
func (e *NotSentError) Unwrap() error { return e.First }

// enter waits until a call may be made, which then calls leave. A *NotSentError says it would fail.
func (g *loginGate) enter(ctx context.Context) (leave func(error), err error) {
	for {
		own, other, err := g.tryEnter()
		if err != nil {
			return nil, err
		}
		if own != nil {
			return func(err error) { g.leave(own, err) }, nil
		}
		select {
		case <-other.done:
			if other.shared != nil {
				return nil, other.shared
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// tryEnter returns the probe of a call that may be made, or another call's to wait for.
func (g *loginGate) tryEnter() (own, other *loginProbe, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.refusal != nil:
		return nil, nil, g.refusal
	case g.probe != nil && !g.accepted.Load():
		return nil, g.probe, nil
	}
	g.probe = &loginProbe{done: make(chan struct{})}
	return g.probe, nil, nil
}

// leave learns from a call's error, and wakes those that wait. A success was noted in decode.
func (g *loginGate) leave(own *loginProbe, err error) {
	e, isError := errors.AsType[*Error](err)
	isUnavailable := isError && (e.Status == 0 || e.Attempts > 1 || errors.Is(e.Err, ErrMustWait))
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case refusesCredentials(err):
		g.refusal = cmp.Or(g.refusal, notSent(err))
	case isError && e.provesCredentials():
		g.accepted.Store(true)
	case isUnavailable && !g.accepted.Load():
		own.shared = notSent(err)
	}
	g.probe = nil
	close(own.done)
}
