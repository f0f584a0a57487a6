package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// EphemeralTokens holds the ephemeral tokens that are not revoked yet. The CLI closes
// each of them when the run ends, but not after Ctrl-C, and not when it is killed. The
// zero value is ready to use, and safe for concurrent use.
type EphemeralTokens struct {
	mu       sync.Mutex
	tokens   map[ephemeralToken]chan struct{} // closed once the request that creates the token has ended
	stopping bool                             // RevokeAll was called, so no token is created any more
}

// ephemeralToken is a token that is revoked at the end of the run.
type ephemeralToken interface {
	// String names the token to a user who has to look for it on the server.
	fmt.Stringer
	// delete deletes the token on the server, if it is there.
	delete(ctx context.Context) error
	// revokeError says what the user can do if delete has failed with err.
	revokeError(err error) diag.Diagnostic
}

// RevokeAll revokes all tokens, those included that are just being created, and
// lets no more be created. It returns when ctx ends. The error names what may be
// left on the server.
func (e *EphemeralTokens) RevokeAll(ctx context.Context) error {
	e.mu.Lock()
	e.stopping = true
	tokens := maps.Clone(e.tokens)
	e.mu.Unlock()
	var (
		revoking sync.WaitGroup
		mu       sync.Mutex
		errs     []error
	)
	for token, created := range tokens {
		revoking.Go(func() {
			err := e.deleteOnceCreated(ctx, token, created)
			if err == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, fmt.Errorf("%s may be left on the server: %w", token, err))
		})
	}
	revoking.Wait()
	return errors.Join(errs...)
}

// deleteOnceCreated waits until the request that creates the token has ended, because
// before that the server may still create it. It may be deleted already then.
func (e *EphemeralTokens) deleteOnceCreated(ctx context.Context, token ephemeralToken, created <-chan struct{}) error {
	select {
	case <-created:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !slices.Contains(e.list(), token) {
		return nil
	}
	return e.delete(ctx, token)
}

// revokeWithGrace revokes the token even if ctx is cancelled, as it is while a run
// is interrupted.
func (e *EphemeralTokens) revokeWithGrace(ctx context.Context, token ephemeralToken) diag.Diagnostics {
	grace, cancel := ghes.WithGrace(ctx)
	defer cancel()
	if err := e.delete(grace, token); err != nil {
		return diag.Diagnostics{token.revokeError(err)}
	}
	return nil
}

func (e *EphemeralTokens) delete(ctx context.Context, token ephemeralToken) error {
	err := token.delete(ctx)
	if err == nil {
		e.remove(token)
	}
	return err
}

// add puts a token on the list before it is created. It returns false if no token may be
// created any more. The caller calls created when the request has ended.
func (e *EphemeralTokens) add(token ephemeralToken) (created func(), ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopping {
		return nil, false
	}
	if e.tokens == nil {
		e.tokens = map[ephemeralToken]chan struct{}{}
	}
	done := make(chan struct{})
	e.tokens[token] = done
	return func() { close(done) }, true
}

func (e *EphemeralTokens) remove(token ephemeralToken) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.tokens, token)
}

func (e *EphemeralTokens) list() []ephemeralToken {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Collect(maps.Keys(e.tokens))
}
