package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// EphemeralTokens holds the ephemeral authorizations that are not revoked yet. The
// CLI closes each of them when the run ends, but not after Ctrl-C, and not when it
// is killed. The zero value is ready to use, and safe for concurrent use.
type EphemeralTokens struct {
	mu       sync.Mutex
	tokens   map[*ephemeralToken]bool
	stopping bool // RevokeAll was called, so no token is created any more
}

// ephemeralToken is an ephemeral authorization, from before the request that
// creates it until it is revoked.
type ephemeralToken struct {
	client         *ghes.Client
	clientID, note string
	id             atomic.Int64  // 0 until a response contains it
	created        chan struct{} // closed when create has returned
}

// String describes the authorization to a user who has to look for it.
func (t *ephemeralToken) String() string {
	note := quote(t.client.Secrets(), t.note)
	switch id := t.id.Load(); {
	case id == 0:
		return "an authorization with note " + note
	case t.note == "":
		return fmt.Sprintf("authorization %d", id)
	default:
		return fmt.Sprintf("authorization %d with note %s", id, note)
	}
}

// create creates an authorization. The note in the request must be unique. If
// create returns nil, diags say why, and name what may be left on the server.
func (e *EphemeralTokens) create(ctx context.Context, client *ghes.Client, request ghes.AuthorizationRequest, diags *diag.Diagnostics) *ghes.Authorization {
	token := &ephemeralToken{client: client, clientID: request.ClientID, note: request.Note, created: make(chan struct{})}
	if !e.add(token) {
		diags.AddError("Unable to open ephemeral authorization", "Terraform is stopping the provider, so the provider created no authorization.")
		return nil
	}
	defer close(token.created)

	request.Unique = true
	a, err := client.CreateAuthorization(ctx, request)
	if a == nil {
		diags.Append(openErrors(err)...)
		if left, ok := errors.AsType[*ghes.LeftBehindError](err); ok {
			token.id.Store(left.ID)
		} else {
			e.remove(token)
		}
		return nil
	}
	token.id.Store(a.ID)
	if err == nil {
		err = ctx.Err() // The CLI no longer waits for the token.
	}
	switch {
	case err != nil:
		diags.Append(openErrors(err)...)
	case a.Token == "":
		diags.AddError("Unable to open ephemeral authorization",
			fmt.Sprintf("The server created authorization %d, but its response did not contain the token.", a.ID))
	default:
		return a
	}
	diags.Append(e.revokeWithGrace(ctx, token)...)
	return nil
}

// revoke revokes the authorization with this ID.
func (e *EphemeralTokens) revoke(ctx context.Context, client *ghes.Client, id int64) diag.Diagnostics {
	for _, token := range e.list() {
		if token.client == client && token.id.Load() == id {
			return e.revokeWithGrace(ctx, token)
		}
	}
	// A provider for a debugger was configured again after it had created the token.
	unknown := &ephemeralToken{client: client}
	unknown.id.Store(id)
	return e.revokeWithGrace(ctx, unknown)
}

// holds reports whether an ephemeral authorization of this run has the note.
func (e *EphemeralTokens) holds(note string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for token := range e.tokens {
		if token.note == note {
			return true
		}
	}
	return false
}

// revokeWithGrace revokes the token even if ctx is cancelled, as it is while a run
// is interrupted.
func (e *EphemeralTokens) revokeWithGrace(ctx context.Context, token *ephemeralToken) diag.Diagnostics {
	grace, cancel := ghes.WithGrace(ctx)
	defer cancel()
	err := e.delete(grace, token)
	if err == nil {
		return nil
	}
	refusal, ok := errors.AsType[*ghes.Error](err)
	if !ok {
		refusal = &ghes.Error{}
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to revoke ephemeral authorization", detail(refusal, err.Error(), fmt.Sprintf(
		"The token of %s may still be valid. The provider retries when the run ends. "+
			"If the authorization is still there after the run, delete it in the user's settings, or with DELETE /authorizations/ID.", token)))}
}

// RevokeAll revokes all tokens, those included that are just being created, and
// lets no more be created. It returns when ctx ends. The error names what may be
// left on the server.
func (e *EphemeralTokens) RevokeAll(ctx context.Context) error {
	e.mu.Lock()
	e.stopping = true
	e.mu.Unlock()
	var (
		revoking sync.WaitGroup
		mu       sync.Mutex
		errs     []error
	)
	for _, token := range e.list() {
		revoking.Go(func() {
			err := e.deleteOnceCreated(ctx, token)
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

// deleteOnceCreated waits until create has returned, because before that the
// server may still create the token. create itself may have deleted it then.
func (e *EphemeralTokens) deleteOnceCreated(ctx context.Context, token *ephemeralToken) error {
	select {
	case <-token.created:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !slices.Contains(e.list(), token) {
		return nil
	}
	return e.delete(ctx, token)
}

// delete deletes the authorization on the server. If no response contained its
// ID, it is found by its note.
func (e *EphemeralTokens) delete(ctx context.Context, token *ephemeralToken) error {
	if token.id.Load() == 0 {
		a, err := token.client.FindAuthorization(ctx, token.clientID, func(a ghes.Authorization) bool { return a.Note == token.note })
		if err != nil {
			return err
		}
		if a == nil {
			e.remove(token)
			return nil
		}
		token.id.Store(a.ID)
	}
	err := token.client.DeleteAuthorization(ctx, token.id.Load())
	if err != nil && !errors.Is(err, ghes.ErrNotFound) {
		return err
	}
	e.remove(token)
	return nil
}

// add reports whether the token may be created.
func (e *EphemeralTokens) add(token *ephemeralToken) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopping {
		return false
	}
	if e.tokens == nil {
		e.tokens = map[*ephemeralToken]bool{}
	}
	e.tokens[token] = true
	return true
}

func (e *EphemeralTokens) remove(token *ephemeralToken) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.tokens, token)
}

func (e *EphemeralTokens) list() []*ephemeralToken {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Collect(maps.Keys(e.tokens))
}
