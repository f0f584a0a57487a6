package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (r *rotatingAuthorizationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		r.planCreate(ctx, req, resp)
		return
	}
	state := loadState(ctx, req.State, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.recordRevocations(state)...)
		return
	}
	r.planUpdate(ctx, state, req, resp)
}

func (r *rotatingAuthorizationResource) planCreate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	plan := loadPlan(ctx, req.Plan, &resp.Diagnostics)
	// When Terraform plans a replacement, this is the private state of what is replaced.
	replaced := loadPrivate[rotatingPrivateData](ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !replaced.IsReplaced {
		resp.Diagnostics.Append(r.session.ledger.addReplacement(replaced.PreviousID)...)
		resp.Diagnostics.Append(r.session.ledger.addReplacement(replaced.ID)...)
	}
	plan.planToken(ctx, r.session, &resp.Diagnostics)
	plan.savePlan(ctx, false, resp)
}

// planUpdate plans what the state, the configuration and the last refresh say: a rotation, a revocation
// of the previous token, a change of both tokens, or none of these.
func (r *rotatingAuthorizationResource) planUpdate(ctx context.Context, state tokenPair, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	plan := loadPlan(ctx, req.Plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.previous, plan.data = state.previous, state.data
	if isSet(state.model.NotePrefix) && !plan.model.NotePrefix.Equal(state.model.NotePrefix) {
		r.planReplacement(ctx, state, resp)
		return
	}
	resp.Diagnostics.Append(plan.validateUpdate(state)...)
	plan.planDates(state)
	plan.model.completeNotePlan(types.StringNull(), &state.model.tokenModel)
	reason := plan.whyRotate(ctx, state)
	switch {
	case reason != nil:
		plan.planRotation(state)
		plan.planToken(ctx, r.session, &resp.Diagnostics)
		resp.Diagnostics.Append(plan.rotationWarning(*reason, state))
	case state.previous.exists() && state.data.isDue(plan.previous.RevokeAt):
		resp.Diagnostics.Append(plan.revocationWarning())
		plan.previous = previousToken{}
	default:
		state.model.warnOfExpiry(r.session.now(), "To get a new token before that, change rotate_when_changed, or lower rotate_after_days.", &resp.Diagnostics)
		resp.Diagnostics.Append(plan.dueNext(r.session.now())...)
	}
	resp.Diagnostics.Append(r.recordEffects(state, plan)...)
	// planCreate gets these if Terraform replaces the resource.
	state.data.PreviousID, state.data.IsReplaced = state.previous.ID.ValueInt64(), false
	savePrivate(ctx, resp.Private, state.data, &resp.Diagnostics)
	plan.savePlan(ctx, reason != nil && reason.isUncertain, resp)
}

// planReplacement plans to replace both tokens.
func (r *rotatingAuthorizationResource) planReplacement(ctx context.Context, state tokenPair, resp *resource.ModifyPlanResponse) {
	resp.RequiresReplace.Append(path.Root("note_prefix"))
	resp.Diagnostics.Append(r.recordRevocations(state)...)
	resp.Diagnostics.Append(state.replacementWarning()...)
	state.data.IsReplaced = true // for the second plan call of a replacement, which gets these private data
	savePrivate(ctx, resp.Private, state.data, &resp.Diagnostics)
}

// validateUpdate adds an error for a plan that cannot be decided or applied.
func (p *tokenPair) validateUpdate(state tokenPair) (diags diag.Diagnostics) {
	prefix := p.model.NotePrefix
	if isAbsent(prefix) {
		diags.AddAttributeError(path.Root("note_prefix"), "Missing note_prefix", fmt.Sprintf(
			"The state of authorization %d has no note_prefix, and ignore_changes keeps it so. Remove note_prefix from ignore_changes.", state.id()))
		return diags
	}
	if !isSet(state.model.NotePrefix) && !prefix.IsUnknown() && !hasPrefix(state.model.Note.ValueString(), prefix.ValueString()) {
		diags.AddAttributeError(path.Root("note_prefix"), "note_prefix does not match the note", fmt.Sprintf(
			"The note of authorization %d does not begin with note_prefix. Set note_prefix to the beginning of its note, or change its note on the server first.", state.id()))
	}
	if p.model.RotateAfterDays.IsUnknown() && state.data.isDue(daysAfter(state.model.CreatedAt, types.Float64Value(minRotateAfterDays))) {
		diags.Append(unknownDaysError("rotate_after_days", state.id()))
	}
	if p.model.OverlapDays.IsUnknown() && state.data.isDue(state.previous.RevokeAt) {
		diags.Append(unknownDaysError("overlap_days", state.previous.ID.ValueInt64()))
	}
	return diags
}

func unknownDaysError(attribute string, id int64) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Unknown "+attribute, fmt.Sprintf(
		"The plan needs the value to decide whether authorization %d is due. First apply the resource that the value comes from, with -target, or set a known value.", id))
}

// planDates plans the times that follow from the numbers of days. A change of overlap_days moves revoke_at by the
// difference.
func (p *tokenPair) planDates(state tokenPair) {
	p.model.RotateAt = daysAfter(state.model.CreatedAt, p.model.RotateAfterDays)
	if p.previous.exists() && !p.model.OverlapDays.Equal(state.model.OverlapDays) {
		difference := types.Float64Unknown()
		if !p.model.OverlapDays.IsUnknown() {
			difference = types.Float64Value(p.model.OverlapDays.ValueFloat64() - state.model.OverlapDays.ValueFloat64())
		}
		p.previous.RevokeAt = daysAfter(state.previous.RevokeAt, difference)
	}
}

// rotationReason is why a plan rotates the token.
type rotationReason struct {
	text        string
	isUncertain bool // an unknown value may turn out to be the one in state
}

// whyRotate returns nil if the plan does not rotate the token.
func (p *tokenPair) whyRotate(ctx context.Context, state tokenPair) *rotationReason {
	data := state.data.privateData
	switch {
	case state.data.IsDeleted:
		return &rotationReason{text: "It no longer exists on the server."}
	case state.model.wasReset(data):
		return &rotationReason{text: "Its token was reset outside of Terraform, and the server does not show the current one."}
	case state.data.isDue(p.model.RotateAt):
		return &rotationReason{text: fmt.Sprintf("It was created at %s, and with rotate_after_days = %v it was due at %s.",
			state.model.CreatedAt.ValueString(), p.model.RotateAfterDays.ValueFloat64(), p.model.RotateAt.ValueString())}
	case !p.model.keepsRotationValues(state.model.tokenModel, data):
		return changeReason(ctx, "rotate_when_changed", p.model.RotateWhenChanged)
	case !p.model.keepsEncryption(state.model.tokenModel, data):
		return changeReason(ctx, "encrypt_token", p.model.EncryptToken)
	case !p.model.keepsStoring(state.model.tokenModel, data):
		return changeReason(ctx, "store_token", p.model.StoreToken)
	}
	return nil
}

func changeReason(ctx context.Context, attribute string, planned attr.Value) *rotationReason {
	value, err := planned.ToTerraformValue(ctx)
	if err == nil && !value.IsFullyKnown() {
		return &rotationReason{text: attribute + " has a value that is only known after the apply. If it has changed:", isUncertain: true}
	}
	return &rotationReason{text: attribute + " has changed."}
}

// planRotation plans which token of the state stays valid as the previous one. It is the current one. If that was deleted,
// or was reset while there is a previous one, it is the previous one.
func (p *tokenPair) planRotation(state tokenPair) {
	isReset := state.model.wasReset(state.data.privateData)
	if !state.data.IsDeleted && (!isReset || !state.previous.exists()) {
		p.previous = previousToken{state.model.ID, state.model.TokenLastEight, types.StringUnknown()}
	}
}

// planToken plans a new current token.
func (p *tokenPair) planToken(ctx context.Context, s *session, diags *diag.Diagnostics) {
	m := &p.model
	m.encrypter(ctx, s.now(), diags)
	m.warnUnlessEphemeral(s.cliVersion, diags)
	m.ID = types.Int64Unknown()
	for _, attribute := range []*types.String{&m.Note, &m.Token, &m.EncryptedToken, &m.TokenLastEight, &m.HashedToken, &m.URL, &m.CreatedAt, &m.ExpiresAt, &m.RotateAt} {
		*attribute = types.StringUnknown()
	}
	m.completeTokenPlan()
}

// recordEffects records in the ledger what the plan does to each token of the state.
func (r *rotatingAuthorizationResource) recordEffects(state, plan tokenPair) (diags diag.Diagnostics) {
	update := plan.model.update(state.model.tokenModel)
	for _, id := range state.tokenIDs() {
		effect := effectNone
		switch {
		case !plan.keeps(id):
			effect = effectRevoke
		case update.Scopes != nil || update.NoteURL != nil || update.Note != nil && id == plan.id():
			effect = effectChange
		}
		diags.Append(r.session.ledger.add(id, effect)...)
	}
	return diags
}

// recordRevocations records in the ledger that both tokens of the state are revoked.
func (r *rotatingAuthorizationResource) recordRevocations(state tokenPair) (diags diag.Diagnostics) {
	for _, id := range state.tokenIDs() {
		diags.Append(r.session.ledger.add(id, effectRevoke)...)
	}
	return diags
}
