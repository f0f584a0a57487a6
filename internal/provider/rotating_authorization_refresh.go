package provider

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Read refreshes both tokens, and records in the private state when that was if something may be due.
func (r *rotatingAuthorizationResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state := loadState(ctx, req.State, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.session.Secrets().Add(state.model.secrets()...)
	before := state
	r.readCurrent(ctx, &state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.data.IsDeleted && state.model.isImporting() {
		resp.State.RemoveResource(ctx)
		return
	}
	r.readPrevious(ctx, &state, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	state.recordDueCheck(r.session.now())
	if !reflect.DeepEqual(state, before) {
		state.save(ctx, &resp.State, resp.Private, &resp.Diagnostics)
	}
}

// recordDueCheck records the time of a refresh, unless nothing is due.
func (p *tokenPair) recordDueCheck(now time.Time) {
	p.data.DueCheckedAt = time.Time{}
	if p.model.RotateAt.IsNull() || hasPassed(p.model.RotateAt, now) || hasPassed(p.previous.RevokeAt, now) {
		p.data.DueCheckedAt = now.UTC()
	}
}

// isImporting reports whether the state has no more than the ID that ImportState has set.
func (m *rotatingModel) isImporting() bool { return m.Scopes.IsNull() }

// readCurrent reads the current token.
func (r *rotatingAuthorizationResource) readCurrent(ctx context.Context, state *tokenPair, diags *diag.Diagnostics) {
	a := r.session.readToken(ctx, &state.model.tokenModel, state.data.account, diags)
	switch {
	case diags.HasError():
		return
	case a == nil:
		state.data.IsDeleted = true
		if !state.model.isImporting() {
			diags.AddWarning(fmt.Sprintf("Authorization %d no longer exists", state.id()), fmt.Sprintf(
				"The server has no authorization %d of %s, which had the current token: it was deleted outside of Terraform, and the token was revoked. The next apply creates a new token.", state.id(), r.session.account))
		}
	case a.ClientID() != "":
		diags.AddError("Unable to read authorization", fmt.Sprintf(
			"Authorization %d of %s is a token of the OAuth app %s, and ghes_rotating_authorization manages personal access tokens only. Manage it as ghes_authorization.",
			a.ID, r.session.account, r.session.quoted(a.ClientID())))
	default:
		// Before the previous token is read, so that a server under a new name is known by its current one.
		state.data.account, state.data.ID, state.data.IsDeleted = r.session.account, a.ID, false
		state.model.setArguments(a)
		state.model.setComputed(a)
		state.model.RotateAt = daysAfter(state.model.CreatedAt, state.model.RotateAfterDays)
	}
}

// readPrevious reads the previous token if there is one, and removes it from state if the server has
// none with that ID.
func (r *rotatingAuthorizationResource) readPrevious(ctx context.Context, state *tokenPair, diags *diag.Diagnostics) {
	if !state.previous.exists() {
		return
	}
	inState := state.previousModel()
	a := r.session.readToken(ctx, &inState, state.data.account, diags)
	switch {
	case diags.HasError():
		return
	case a == nil:
		id := inState.ID.ValueInt64()
		state.remove(id)
		diags.AddWarning(fmt.Sprintf("Authorization %d no longer exists", id), fmt.Sprintf(
			"The server has no authorization %d of %s, which had the previous token: it was deleted outside of Terraform, and the token was revoked. The provider removes it from state.", id, r.session.account))
	default:
		state.previous.TokenLastEight = stringOrNull(a.TokenLastEight)
	}
}
