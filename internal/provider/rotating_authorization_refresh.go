package provider

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// Read refreshes both tokens, and notes in the private state when that was if something may be due.
func (r *rotatingAuthorizationResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state := loadRotatingState(ctx, req.State, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.session.Secrets().Add(state.model.secrets()...)
	before := state
	exists := r.readCurrent(ctx, &state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !exists && state.model.CreatedAt.IsNull() { // an import of an ID that the server does not have
		resp.State.RemoveResource(ctx)
		return
	}
	r.readPrevious(ctx, &state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	state.model.Previous = state.previous.object()
	state.data.account, state.data.ID = r.session.account, state.id()
	state.noteRefresh(r.session.now())
	if !reflect.DeepEqual(state, before) {
		state.save(ctx, &resp.State, resp.Private, &resp.Diagnostics)
	}
}

// noteRefresh sets RefreshedAt.
func (s *rotatingState) noteRefresh(now time.Time) {
	s.data.RefreshedAt = time.Time{}
	if s.model.RotateAt.IsNull() || hasPassed(s.model.RotateAt, now) || hasPassed(s.previous.RevokeAt, now) {
		s.data.RefreshedAt = now.UTC()
	}
}

// readCurrent reads the current token. It returns false if the server has none with that ID, and
// after it added an error to diags.
func (r *rotatingAuthorizationResource) readCurrent(ctx context.Context, state *rotatingState, diags *diag.Diagnostics) bool {
	isImported := state.model.CreatedAt.IsNull()
	a := r.read(ctx, state.id(), state.model.CreatedAt, state.data.account, diags)
	switch {
	case a == nil && !isImported && !diags.HasError():
		state.data.IsDeleted = true
		diags.Append(state.currentDeletedWarning())
	case a != nil && a.ClientID() != "":
		diags.AddError("Unable to read authorization", fmt.Sprintf(
			"Authorization %d of %s is a token of the OAuth app %s, and ghes_rotating_authorization manages personal access tokens only. Manage it as ghes_authorization.",
			a.ID, r.session.account, r.session.quoted(a.ClientID())))
	case a != nil:
		state.data.IsDeleted = false
		state.model.setArguments(a)
		state.model.setComputed(a)
		state.model.RotateAt = daysAfter(state.model.CreatedAt, state.model.RotateAfterDays)
		return true
	}
	return false
}

// readPrevious reads the previous token if there is one, and removes it from state if the server has
// none with that ID.
func (r *rotatingAuthorizationResource) readPrevious(ctx context.Context, state *rotatingState, diags *diag.Diagnostics) {
	if !state.hasPrevious() {
		return
	}
	id := state.previous.ID.ValueInt64()
	a := r.read(ctx, id, types.StringValue(state.data.PreviousCreatedAt), state.data.account, diags)
	switch {
	case a != nil:
		state.previous.TokenLastEight = stringOrNull(a.TokenLastEight)
	case !diags.HasError():
		state.remove(id)
		diags.AddWarning(fmt.Sprintf("Authorization %d was deleted outside of Terraform", id), fmt.Sprintf(
			"The server has no authorization %d of this user, which had the previous token. The provider removes it from state. The current token stays as it is.", id))
	}
}

// read returns the authorization with an ID. It returns nil if the server has none, and after it
// added an error to diags. createdAt and owner are what the state has.
func (r *rotatingAuthorizationResource) read(ctx context.Context, id int64, createdAt types.String, owner account, diags *diag.Diagnostics) *ghes.Authorization {
	a, err := r.session.RefreshAuthorization(ctx, id)
	inState := tokenModel{ID: types.Int64Value(id), CreatedAt: createdAt}
	switch {
	case errors.Is(err, ghes.ErrNotFound) && owner.differs(r.session.account):
		diags.Append(notFoundInAccountError(id, owner, r.session.account))
	case errors.Is(err, ghes.ErrNotFound):
	case err != nil:
		diags.Append(apiErrors("read authorization", err)...)
	case inState.isIDReused(a):
		diags.Append(idReusedError(&inState, a, owner, r.session.account))
	default:
		return a
	}
	return nil
}
