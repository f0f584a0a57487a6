package ghes

import (
	"context"
	"errors"
	"sync"
)

// gate spares a locked account: until the server has accepted the credentials,
// requests go one at a time, and once it has refused them, none does. Whoever
// waited for a request that found no server, or one that takes no requests,
// shares its error.
type gate struct {
	mu      sync.Mutex
	proven  bool
	refusal error
	first   *flight
}

// flight is a request under way whose outcome others wait for.
type flight struct {
	done   chan struct{}
	shared error
}

// flightKey is where the context of a call has the flight that it is part of.
type flightKey struct{}

// do makes call when it is its turn. The calls that call makes itself, with the
// context that it is given, share that turn.
func (g *gate) do(ctx context.Context, call func(context.Context) error) error {
	for {
		g.mu.Lock()
		refusal, proven, first := g.refusal, g.proven, g.first
		within := first != nil && ctx.Value(flightKey{}) == first
		if refusal == nil && !proven && first == nil {
			g.first = &flight{done: make(chan struct{})}
			ctx = context.WithValue(ctx, flightKey{}, g.first)
		}
		g.mu.Unlock()

		switch {
		case refusal != nil:
			return refusal
		case proven || first == nil || within:
			err := ctx.Err()
			if err == nil {
				err = call(ctx)
			}
			g.learn(err)
			if !proven && !within {
				g.land(ctx, err)
			}
			return err
		}
		select {
		case <-first.done:
			if first.shared != nil {
				return first.shared
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// learn draws from err what it says about the credentials.
func (g *gate) learn(err error) {
	e, isError := errors.AsType[*Error](err)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		g.proven = true
	case refusesCredentials(err):
		if g.refusal == nil { // what is about a part of the call is clearer
			g.refusal = err
		}
	case isError && e.provesCredentials():
		g.proven = true
	}
}

// land lets those go on that wait for the first flight, which ended in err.
func (g *gate) land(ctx context.Context, err error) {
	e, isError := errors.AsType[*Error](err)
	g.mu.Lock()
	defer g.mu.Unlock()
	if isError && e.isUnavailable() && !g.proven && ctx.Err() == nil {
		g.first.shared = err
	}
	close(g.first.done)
	g.first = nil
}

// isProven reports whether the server has accepted the credentials.
func (g *gate) isProven() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.proven
}
