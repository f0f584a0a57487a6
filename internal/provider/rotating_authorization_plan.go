package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

func (r *rotatingAuthorizationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		r.planCreate(ctx, req, resp)
		return
	}
	state := loadRotatingState(ctx, req.State, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.recordEffects(state, rotatingState{}, ghes.AuthorizationUpdate{})...)
		return
	}
	r.planUpdate(ctx, state, req, resp)
}

func (r *rotatingAuthorizationResource) planCreate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan rotatingModel
	resp.Diagnostics.Append(plan.get(ctx, req.Plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.encrypter(ctx, r.session.now(), &resp.Diagnostics)
	plan.warnUnlessEphemeral(r.session.cliVersion, &resp.Diagnostics)
	plan.planToken()
	plan.Previous = types.ObjectNull(previousTypes)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// planUpdate plans what the state, the configuration and the last refresh say: a rotation, a revocation
// of the previous token, a change of both tokens, or none of these.
func (r *rotatingAuthorizationResource) planUpdate(ctx context.Context, state rotatingState, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	plan := rotatingState{previous: state.previous, data: state.data}
	resp.Diagnostics.Append(plan.model.get(ctx, req.Plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if isSet(state.model.NotePrefix) && !plan.model.NotePrefix.Equal(state.model.NotePrefix) {
		resp.RequiresReplace.Append(path.Root("note_prefix"))
		resp.Diagnostics.Append(r.recordEffects(state, rotatingState{}, ghes.AuthorizationUpdate{})...)
		resp.Diagnostics.Append(state.replacementWarning())
		return
	}
	resp.Diagnostics.Append(plan.check(state)...)
	plan.planDates(state)
	plan.model.completeNotePlan(types.StringNull(), &state.model.tokenModel)
	reason := plan.rotationReason(ctx, state)
	switch {
	case reason.text != "":
		plan.model.encrypter(ctx, r.session.now(), &resp.Diagnostics)
		plan.model.warnUnlessEphemeral(r.session.cliVersion, &resp.Diagnostics)
		plan.planRotation(state)
		resp.Diagnostics.Append(plan.rotationWarning(reason, state))
	case state.hasPrevious() && state.data.isDue(plan.previous.RevokeAt):
		plan.previous = previousToken{}
		resp.Diagnostics.Append(state.revocationWarning())
	default:
		state.model.warnOfExpiry(r.session.now(), "To get a new token before that, change rotate_when_changed, or set rotate_after_days to less.", &resp.Diagnostics)
		resp.Diagnostics.Append(plan.dueNext(r.session.now())...)
	}
	resp.Diagnostics.Append(r.recordEffects(state, plan, plan.model.update(state.model.tokenModel))...)
	plan.model.Previous = plan.previous.object()
	if reason.isUncertain {
		plan.model.Previous = types.ObjectUnknown(previousTypes)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan.model)...)
}

// check adds an error for a plan that cannot be decided or applied.
func (s *rotatingState) check(state rotatingState) (diags diag.Diagnostics) {
	prefix := s.model.NotePrefix.ValueString()
	if !isSet(state.model.NotePrefix) && !hasPrefix(state.model.Note.ValueString(), prefix) {
		diags.AddAttributeError(path.Root("note_prefix"), "Another note_prefix", fmt.Sprintf(
			"The note of authorization %d does not begin with note_prefix. Set note_prefix to the beginning of its note, or change its note on the server first.", state.id()))
	}
	created, _ := time.Parse(time.RFC3339, state.model.CreatedAt.ValueString())
	if s.model.RotateAfterDays.IsUnknown() && state.data.RefreshedAt.Sub(created) >= 24*time.Hour {
		diags.Append(unknownDaysError("rotate_after_days", state.id()))
	}
	if s.model.OverlapDays.IsUnknown() && state.data.isDue(state.previous.RevokeAt) {
		diags.Append(unknownDaysError("overlap_days", state.previous.ID.ValueInt64()))
	}
	return diags
}

func unknownDaysError(attribute string, id int64) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Unknown "+attribute, fmt.Sprintf(
		"The plan has to know the value to decide whether authorization %d is due. Apply the resource that the value comes from first, with -target, or set a known value.", id))
}

// planDates plans the times that follow from the numbers of days.
func (s *rotatingState) planDates(state rotatingState) {
	s.model.RotateAt = daysAfter(s.model.CreatedAt, s.model.RotateAfterDays)
	if s.hasPrevious() && !s.model.OverlapDays.Equal(state.model.OverlapDays) {
		s.previous.RevokeAt = daysAfter(state.model.CreatedAt, s.model.OverlapDays)
	}
}

// rotationReason is why a plan rotates the token.
type rotationReason struct {
	text        string // "" if it does not
	isUncertain bool   // an unknown value may turn out to be the one in state
}

func (s *rotatingState) rotationReason(ctx context.Context, state rotatingState) rotationReason {
	data := state.data.privateData
	keepsStoring, keepsEncryption := s.model.keepsTokenSettings(state.model.tokenModel, data)
	switch {
	case state.data.IsDeleted:
		return rotationReason{text: "It was deleted outside of Terraform."}
	case state.model.wasReset(data):
		return rotationReason{text: "Its token was reset outside of Terraform, and the server does not show the new one."}
	case state.data.isDue(s.model.RotateAt):
		return rotationReason{text: fmt.Sprintf("It was created at %s, and with rotate_after_days = %v it was due at %s.",
			state.model.CreatedAt.ValueString(), s.model.RotateAfterDays.ValueFloat64(), s.model.RotateAt.ValueString())}
	case !s.model.keepsRotationValues(state.model.tokenModel, data):
		return changeReason(ctx, "rotate_when_changed", s.model.RotateWhenChanged)
	case !keepsStoring:
		return changeReason(ctx, "store_token", s.model.StoreToken)
	case !keepsEncryption:
		return changeReason(ctx, "encrypt_token", s.model.EncryptToken)
	}
	return rotationReason{}
}

func changeReason(ctx context.Context, attribute string, planned attr.Value) rotationReason {
	value, err := planned.ToTerraformValue(ctx)
	if err == nil && !value.IsFullyKnown() {
		return rotationReason{attribute + " has a value that is only known after the apply, so it may be another one.", true}
	}
	return rotationReason{text: attribute + " has changed."}
}

// planRotation plans a new token. One token of the state stays valid as the previous one: the current one,
// or the previous one if the current one was deleted, or was reset while there is a previous one.
func (s *rotatingState) planRotation(state rotatingState) {
	isReset := state.model.wasReset(state.data.privateData)
	if !state.data.IsDeleted && (!isReset || !state.hasPrevious()) {
		s.previous = previousToken{state.model.ID, state.model.TokenLastEight, types.StringUnknown()}
	}
	s.model.planToken()
}

// planToken plans a new current token.
func (m *rotatingModel) planToken() {
	m.ID = types.Int64Unknown()
	for _, attribute := range []*types.String{&m.Note, &m.Token, &m.EncryptedToken, &m.TokenLastEight, &m.HashedToken, &m.URL, &m.CreatedAt, &m.ExpiresAt, &m.RotateAt} {
		*attribute = types.StringUnknown()
	}
	m.completeTokenPlan()
}

// recordEffects notes in the ledger what the plan does to each token of the state.
func (r *rotatingAuthorizationResource) recordEffects(state, plan rotatingState, update ghes.AuthorizationUpdate) (diags diag.Diagnostics) {
	for _, id := range state.tokenIDs() {
		effect := effectNone
		if !plan.keeps(id) {
			effect = effectRevoke
		} else if update.Scopes != nil || update.NoteURL != nil {
			effect = effectChange
		}
		diags.Append(r.session.ledger.add(id, effect)...)
	}
	return diags
}

// rotationWarning says why plan s rotates, and what happens to the tokens of the state.
func (s *rotatingState) rotationWarning(reason rotationReason, state rotatingState) diag.Diagnostic {
	text := []string{reason.text, "The apply creates a new token."}
	for _, id := range state.tokenIDs() {
		switch {
		case !s.keeps(id):
			text = append(text, fmt.Sprintf("Before that it revokes authorization %d. This cannot be undone.", id))
		case id == state.id():
			text = append(text, fmt.Sprintf("The token of authorization %d stays valid for overlap_days after that.", id))
		default:
			text = append(text, fmt.Sprintf("The previous token, of authorization %d, stays valid until %s.", id, s.previous.RevokeAt.ValueString()))
		}
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("The token of authorization %d will be rotated", state.id()), strings.Join(text, " "))
}

func (s *rotatingState) revocationWarning() diag.Diagnostic {
	id := s.previous.ID.ValueInt64()
	return diag.NewWarningDiagnostic(fmt.Sprintf("Authorization %d will be revoked", id), fmt.Sprintf(
		"It has the previous token, whose overlap ended at %s. The current token, of authorization %d, stays valid. To keep the previous one for longer, raise overlap_days.",
		s.previous.RevokeAt.ValueString(), s.id()))
}

// dueNext warns of what the next plan does because of the days that plan s changes. This plan cannot: its
// refresh has not found it due.
func (s *rotatingState) dueNext(now time.Time) (diags diag.Diagnostics) {
	if hasPassed(s.model.RotateAt, now) {
		diags.AddWarning(fmt.Sprintf("The token of authorization %d is due for rotation", s.id()), fmt.Sprintf(
			"It was created at %s. With rotate_after_days = %v the next plan rotates it.", s.model.CreatedAt.ValueString(), s.model.RotateAfterDays.ValueFloat64()))
	}
	if id := s.previous.ID.ValueInt64(); hasPassed(s.previous.RevokeAt, now) {
		diags.AddWarning(fmt.Sprintf("Authorization %d is due to be revoked", id), fmt.Sprintf(
			"It has the previous token. With overlap_days = %v the next plan revokes it.", s.model.OverlapDays.ValueFloat64()))
	}
	return diags
}

func (s *rotatingState) replacementWarning() diag.Diagnostic {
	ids := strings.ReplaceAll(strings.Trim(fmt.Sprint(s.tokenIDs()), "[]"), " ", " and ")
	return diag.NewAttributeWarningDiagnostic(path.Root("note_prefix"), "A replacement has no overlap", fmt.Sprintf(
		"A change of note_prefix replaces the resource, which revokes authorization %s in the same apply. To rotate with an overlap, change rotate_when_changed instead.", ids))
}
