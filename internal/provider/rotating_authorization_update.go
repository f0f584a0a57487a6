package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
	"github.com/ghes-tools/terraform-provider-ghes/internal/tokencrypt"
)

// revokeOthers revokes the tokens that the plan does not keep, and removes them from state. It
// returns false after it added an error to diags.
func (r *rotatingAuthorizationResource) revokeOthers(ctx context.Context, state *rotatingState, plan rotatingState, diags *diag.Diagnostics) bool {
	for _, id := range state.tokenIDs() {
		if plan.keeps(id) {
			continue
		}
		if err := r.session.revoke(ctx, id); err != nil {
			diags.Append(apiErrors("revoke authorization", err)...)
			return false
		}
		state.remove(id)
	}
	return true
}

// changeKept changes scopes and note_url of the tokens that the plan keeps, and the note of the current
// one. The current one comes last: if it cannot be changed, the next plan shows the difference.
func (r *rotatingAuthorizationResource) changeKept(ctx context.Context, state rotatingState, plan *rotatingState, diags *diag.Diagnostics) bool {
	rotates := plan.model.ID.IsUnknown()
	if !rotates {
		plan.model.createNote()
	}
	update := plan.model.update(state.model.tokenModel)
	others := update
	others.Note = nil // each token has a note of its own
	if rotates {
		update = others
	}
	for _, id := range state.tokenIDs() {
		change, inState := update, state.model.tokenModel
		if id != state.id() {
			change, inState = others, state.previousModel()
		}
		if change == (ghes.AuthorizationUpdate{}) {
			continue
		}
		r.session.noteUpdate(id)
		a, err := r.session.UpdateAuthorization(ctx, id, change)
		if err != nil {
			diags.Append(apiErrors("update authorization", err)...)
			return false
		}
		if inState.isIDReused(a) {
			diags.Append(updatedReusedIDError(&inState, a))
			return false
		}
		if id == plan.id() {
			plan.model.warnUnlessStored(a, &state.model.tokenModel, diags)
		}
	}
	return true
}

// createToken creates the token that the plan has, and completes the plan with it. It returns false
// after it added an error to diags.
func (r *rotatingAuthorizationResource) createToken(ctx context.Context, plan *rotatingState, encrypt tokencrypt.Encrypter, diags *diag.Diagnostics) bool {
	s, model := r.session, &plan.model
	model.createNote()
	defer s.startCreate(naturalKeyOf("", "", model.Note.ValueString()))()
	a, err := s.CreateAuthorization(ctx, model.request())
	if !checkCreated(a, err, 0, diags) {
		return false
	}
	// The response holds the only copy of the token, so nothing from here on may
	// return before the state is set.
	s.claim(a.ID)
	model.setComputed(a)
	model.RotateAt = daysAfter(model.CreatedAt, model.RotateAfterDays)
	plan.data = rotatingPrivateData{privateData: model.setToken(a.Token, encrypt, &s.tokens, diags)}
	plan.data.account, plan.data.ID = s.account, a.ID
	model.warnUnlessStored(a, nil, diags)
	return true
}
