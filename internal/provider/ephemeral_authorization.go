package provider

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// ephemeralAuthorization is an ephemeral authorization, from before the request that
// creates it until it is revoked.
type ephemeralAuthorization struct {
	client         *ghes.Client
	clientID, note string
	id             atomic.Int64 // 0 until a response contains it
}

// String describes the authorization to a user who has to look for it.
func (t *ephemeralAuthorization) String() string {
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

// delete deletes the authorization on the server. If no response contained its ID, it
// is found by its note.
func (t *ephemeralAuthorization) delete(ctx context.Context) error {
	if t.id.Load() == 0 {
		a, err := t.client.FindAuthorization(ctx, t.clientID, func(a ghes.Authorization) bool { return a.Note == t.note })
		if err != nil || a == nil {
			return err
		}
		t.id.Store(a.ID)
	}
	err := t.client.DeleteAuthorization(ctx, t.id.Load())
	if errors.Is(err, ghes.ErrNotFound) {
		return nil
	}
	return err
}

func (t *ephemeralAuthorization) revokeError(err error) diag.Diagnostic {
	return revokeError("Unable to revoke ephemeral authorization", err, fmt.Sprintf(
		"The token of %s may still be valid. The provider retries when the run ends. "+
			"If the authorization still exists after the run, delete it in the user's settings, or with DELETE /authorizations/ID.", t))
}

func revokeError(summary string, err error, advice string) diag.Diagnostic {
	refusal, ok := errors.AsType[*ghes.Error](err)
	if !ok {
		refusal = &ghes.Error{}
	}
	return diag.NewErrorDiagnostic(summary, detail(refusal, err.Error(), advice))
}

// create creates an authorization. The note in the request must be unique. If
// create returns nil, diags say why, and name what may be left on the server.
func (e *EphemeralTokens) create(ctx context.Context, client *ghes.Client, request ghes.AuthorizationRequest, diags *diag.Diagnostics) *ghes.Authorization {
	token := &ephemeralAuthorization{client: client, clientID: request.ClientID, note: request.Note}
	created, ok := e.add(token)
	if !ok {
		diags.AddError("Unable to open ephemeral authorization", "Terraform is stopping the provider, so the provider created no authorization.")
		return nil
	}
	defer created()

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
			fmt.Sprintf("The server created authorization %d, but its response did not contain the token. The provider revokes the authorization. Run terraform again.", a.ID))
	default:
		return a
	}
	diags.Append(e.revokeWithGrace(ctx, token)...)
	return nil
}

// revoke revokes the authorization with this ID.
func (e *EphemeralTokens) revoke(ctx context.Context, client *ghes.Client, id int64) diag.Diagnostics {
	for _, token := range e.list() {
		if a, ok := token.(*ephemeralAuthorization); ok && a.client == client && a.id.Load() == id {
			return e.revokeWithGrace(ctx, a)
		}
	}
	// A provider for a debugger was configured again after it had created the token.
	unknown := &ephemeralAuthorization{client: client}
	unknown.id.Store(id)
	return e.revokeWithGrace(ctx, unknown)
}

// holds reports whether an ephemeral authorization of this run has the note.
func (e *EphemeralTokens) holds(note string) bool {
	for _, token := range e.list() {
		if a, ok := token.(*ephemeralAuthorization); ok && a.note == note {
			return true
		}
	}
	return false
}
