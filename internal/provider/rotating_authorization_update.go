package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
	"github.com/ghes-tools/terraform-provider-ghes/internal/tokencrypt"
)

// revokeUnkept revokes the tokens that the plan does not keep, and removes them from state. It
// returns false after it added an error to diags.
func (r *rotatingAuthorizationResource) revokeUnkept(ctx context.Context, state *tokenPair, plan tokenPair, diags *diag.Diagnostics) bool {
	for _, id := range state.tokenIDs() {
		if plan.keeps(id) {
			continue
		}
		if !r.session.revokeToken(ctx, "revoke authorization", id, diags) {
			return false
		}
		state.remove(id)
	}
	return true
}

// updateKept changes scopes and note_url of the tokens that the plan keeps, and the note of the current
// one. The current one comes last: if it cannot be changed, the next plan shows the difference. It returns the
// IDs of the tokens that it has changed, and false after it added an error to diags.
func (r *rotatingAuthorizationResource) updateKept(ctx context.Context, state, plan *tokenPair, diags *diag.Diagnostics) (changed []int64, ok bool) {
	update := plan.model.update(state.model.tokenModel)
	withoutNote := update
	withoutNote.Note = nil // each token keeps its own note
	for _, id := range state.tokenIDs() {
		change, inState := withoutNote, state.previousModel()
		if id == plan.id() {
			change = update
		}
		if id == state.id() {
			inState = state.model.tokenModel
		}
		if change == (ghes.AuthorizationUpdate{}) {
			continue
		}
		a := r.session.updateToken(ctx, &inState, change, diags)
		if a == nil {
			return changed, false
		}
		changed = append(changed, id)
		if id == plan.id() {
			plan.model.warnUnlessStored(a, &state.model.tokenModel, diags)
		}
		if id == state.id() {
			state.model.setArguments(a)
		}
	}
	return changed, true
}

// createToken creates the current token that the plan has, and sets it in the plan. It returns false
// after it added an error to diags.
func (r *rotatingAuthorizationResource) createToken(ctx context.Context, plan *tokenPair, encrypt tokencrypt.Encrypter, diags *diag.Diagnostics) bool {
	s, model := r.session, &plan.model
	defer s.startCreate(naturalKeyOf("", "", model.Note.ValueString()))()
	a, err := s.CreateAuthorization(ctx, model.request())
	if a != nil && a.Token == "" {
		diags.Append(r.revokeUnshown(ctx, a.ID)...)
		return false
	}
	if !checkCreated(a, err, 0, diags) {
		return false
	}
	// The response holds the only copy of the token, so nothing from here on may
	// return before the state is set.
	s.claim(a.ID)
	model.setComputed(a)
	model.RotateAt = daysAfter(model.CreatedAt, model.RotateAfterDays)
	plan.data.privateData = model.setToken(a.Token, encrypt, rotateAdvice, &s.tokens, diags)
	plan.data.account, plan.data.ID, plan.data.IsDeleted = s.account, a.ID, false
	model.warnUnlessStored(a, nil, diags)
	return true
}

// revokeUnshown revokes a new authorization whose token the server has not shown. The current token stays in use.
func (r *rotatingAuthorizationResource) revokeUnshown(ctx context.Context, id int64) (diags diag.Diagnostics) {
	text := fmt.Sprintf("The response of the server did not show the token of authorization %d, so the provider revoked it.", id)
	if err := r.session.revoke(ctx, id); err != nil {
		text = fmt.Sprintf("The response of the server did not show the token of authorization %d, and the provider could not revoke it. Delete it on the server.\n\n%s", id, err)
	}
	diags.AddError("Unable to create authorization", text)
	return diags
}

// rotateAdvice says how to get a new token.
const rotateAdvice = "To get a new token, change rotate_when_changed."

// completeAfter sets what only an apply knows: revoke_at, and the private data of the plan's tokens.
// state has the tokens before the apply.
func (p *tokenPair) completeAfter(state tokenPair, now time.Time) {
	p.data.DueCheckedAt = time.Time{}
	p.data.PreviousCreatedAt = state.data.PreviousCreatedAt
	if p.previous.ID.Equal(state.model.ID) {
		p.data.PreviousCreatedAt = state.model.CreatedAt.ValueString()
	}
	if p.previous.RevokeAt.IsUnknown() {
		rotatedAt := p.model.CreatedAt
		if rotatedAt.IsNull() { // the response did not say
			rotatedAt = timeOrNull(now)
		}
		p.previous.RevokeAt = daysAfter(rotatedAt, p.model.OverlapDays)
	}
}

// unfinishedWarning says what a failed update leaves. before is the state before it, p the state now, and changed has the
// IDs of the tokens that were changed.
func (p *tokenPair) unfinishedWarning(before tokenPair, changed []int64, rotates bool) diag.Diagnostic {
	summary, text := "The update is incomplete", []string{}
	if rotates {
		summary, text = "The token was not rotated", []string{"The state has no new token."}
		if !p.data.IsDeleted {
			text = append(text, fmt.Sprintf("Authorization %d keeps the current token.", p.id()))
		}
	}
	if before.previous.exists() && !p.previous.exists() {
		text = append(text, fmt.Sprintf("The previous token, of authorization %d, was revoked.", before.previous.ID.ValueInt64()))
	}
	if len(changed) > 0 {
		text = append(text, fmt.Sprintf("The server has already changed %s.", describeIDs(changed)))
	}
	text = append(text, "Fix the error, and run terraform apply again with the same configuration.")
	return diag.NewWarningDiagnostic(summary, strings.Join(text, " "))
}
