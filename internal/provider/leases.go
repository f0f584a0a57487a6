package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// Leases are the authorizations that are there for one run only. A CLI closes
// them at the end of the run, but not after Ctrl-C. The zero value is ready to
// use, and safe for concurrent use.
type Leases struct {
	all sync.Map // of *lease
}

// lease is an authorization for one run, from before it is asked for until it is
// revoked.
type lease struct {
	client         *ghes.Client
	clientID, note string
	id             atomic.Int64  // 0 while no answer has told it
	opened         chan struct{} // closed when making it has succeeded, or has failed and was tidied up
}

// String names the authorization to whoever has to look for it.
func (l *lease) String() string {
	switch id := l.id.Load(); {
	case id == 0:
		return fmt.Sprintf("an authorization with note %q", l.note)
	case l.note == "":
		return fmt.Sprintf("authorization %d", id)
	default:
		return fmt.Sprintf("authorization %d with note %q", id, l.note)
	}
}

// open makes an authorization, whose note has to be one that no other has. It is
// nil where diags say why, and then nothing of it is left that diags do not name.
func (l *Leases) open(ctx context.Context, client *ghes.Client, request ghes.AuthorizationRequest, diags *diag.Diagnostics) *ghes.Authorization {
	opening := &lease{client: client, clientID: request.ClientID, note: request.Note, opened: make(chan struct{})}
	l.all.Store(opening, nil)
	defer close(opening.opened)

	request.Unique = true
	a, err := client.CreateAuthorization(ctx, request)
	if a == nil {
		diags.Append(openErrors(err)...)
		left, ok := errors.AsType[*ghes.LeftBehindError](err)
		switch {
		case !ok:
			l.all.Delete(opening)
		case len(left.IDs) == 1:
			opening.id.Store(left.IDs[0])
		}
		return nil
	}
	opening.id.Store(a.ID)
	if err == nil {
		err = ctx.Err() // nobody waits for the token any more
	}
	switch {
	case err != nil:
		diags.Append(openErrors(err)...)
	case a.Token == "":
		diags.AddError("Unable to open ephemeral authorization",
			fmt.Sprintf("The answer of the server did not show the token of authorization %d.", a.ID))
	default:
		return a
	}
	diags.Append(l.tidy(ctx, opening)...)
	return nil
}

// close revokes what open made.
func (l *Leases) close(ctx context.Context, client *ghes.Client, id int64) diag.Diagnostics {
	for key := range l.all.Range {
		if open, ok := key.(*lease); ok && open.client == client && open.id.Load() == id {
			return l.tidy(ctx, open)
		}
	}
	// It was opened before a server for debugging was configured once more.
	unknown := &lease{client: client}
	unknown.id.Store(id)
	return l.tidy(ctx, unknown)
}

// holds reports whether the authorization with this note is there for this run.
func (l *Leases) holds(note string) bool {
	for key := range l.all.Range {
		if open, ok := key.(*lease); ok && open.note == note {
			return true
		}
	}
	return false
}

// tidy revokes also while the run is being interrupted.
func (l *Leases) tidy(ctx context.Context, open *lease) diag.Diagnostics {
	grace, cancel := ghes.WithGrace(ctx)
	defer cancel()
	err := l.revoke(grace, open)
	if err == nil {
		return nil
	}
	refusal, ok := errors.AsType[*ghes.Error](err)
	if !ok {
		refusal = &ghes.Error{}
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to revoke ephemeral authorization", detail(refusal, err.Error(), fmt.Sprintf(
		"What may be left is %s, and its token is valid. The provider tries once more when the run ends. "+
			"If it is still there then, delete it in the user's settings, or with DELETE /authorizations/NUMBER.", open)))}
}

// RevokeAll revokes what is still open, as far as ctx allows, and waits for what
// is being opened. The error names what may be left on the server.
func (l *Leases) RevokeAll(ctx context.Context) error {
	var (
		revoking sync.WaitGroup
		mu       sync.Mutex
		errs     []error
	)
	for key := range l.all.Range {
		open, _ := key.(*lease)
		revoking.Go(func() {
			err := l.revokeOpened(ctx, open)
			if err == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, fmt.Errorf("%s may be left on the server: %w", open, err))
		})
	}
	revoking.Wait()
	return errors.Join(errs...)
}

func (l *Leases) revokeOpened(ctx context.Context, open *lease) error {
	select {
	case <-open.opened:
	case <-ctx.Done():
		return ctx.Err()
	}
	if _, ok := l.all.Load(open); !ok {
		return nil
	}
	return l.revoke(ctx, open)
}

// revoke deletes the authorization. Where no answer has told its number, its
// note leads to it.
func (l *Leases) revoke(ctx context.Context, open *lease) error {
	if open.id.Load() == 0 {
		a, err := open.client.FindAuthorization(ctx, open.clientID, func(a ghes.Authorization) bool { return a.Note == open.note })
		if err != nil {
			return err
		}
		if a == nil {
			l.all.Delete(open)
			return nil
		}
		open.id.Store(a.ID)
	}
	err := open.client.DeleteAuthorization(ctx, open.id.Load())
	if err != nil && !errors.Is(err, ghes.ErrNotFound) {
		return err
	}
	l.all.Delete(open)
	return nil
}
