package provider

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

func (r *authorizationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	switch {
	case req.State.Raw.IsNull():
		r.planCreate(ctx, req, resp)
	case req.Plan.Raw.IsNull():
		state := readState(ctx, req.State, &resp.Diagnostics)
		resp.Diagnostics.Append(r.session.ledger.add(state.ID.ValueInt64(), isRevoked)...)
	default:
		r.planUpdate(ctx, req, resp)
	}
}

func (r *authorizationResource) planCreate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan, config authorizationModel
	resp.Diagnostics.Append(plan.get(ctx, req.Plan)...)
	resp.Diagnostics.Append(config.get(ctx, req.Config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validateCreate(ctx, r.session.now(), &resp.Diagnostics)
	config.warnUnlessEphemeral(r.session.cliVersion, &resp.Diagnostics)
	plan.completeCreatePlan(config)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// A replacement is planned as an update first, which gives all warnings. The private
	// state is then that of the authorization that is replaced.
	if replaced := loadPrivateData(ctx, req.Private, &resp.Diagnostics).ID; replaced != 0 {
		resp.Diagnostics.Append(r.session.ledger.addReplacement(replaced)...)
		return
	}
	r.planExisting(ctx, plan, &resp.Diagnostics)
	resp.Diagnostics.Append(r.session.appTokens.addPlanned(&plan, false)...)
}

// planUpdate plans an update in place, or a replacement: resp.RequiresReplace says
// which.
func (r *authorizationResource) planUpdate(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	state := readState(ctx, req.State, &resp.Diagnostics)
	plan, config := state, state
	noChange := req.Plan.Raw.Equal(req.State.Raw) // then plan need not be decoded, which matters with many resources
	if !noChange {
		resp.Diagnostics.Append(plan.get(ctx, req.Plan)...)
	}
	resp.Diagnostics.Append(config.get(ctx, req.Config)...)
	data := loadPrivateData(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.isUnrefreshed() {
		resp.Diagnostics.Append(unrefreshedError(state.ID.ValueInt64()))
		return
	}
	if data.ID != state.ID.ValueInt64() { // The plan of a replacement needs it, and no refresh has stored it.
		data.ID = state.ID.ValueInt64()
		data.save(ctx, resp.Private, &resp.Diagnostics)
	}
	plan.completeUpdatePlan(config, state, &resp.Diagnostics)
	resp.RequiresReplace.Append(r.planReplacement(ctx, &plan, state, data, &resp.Diagnostics)...)
	isReplaced := len(resp.RequiresReplace) > 0
	if isReplaced {
		r.warnOfReplacement(ctx, plan, state, &resp.Diagnostics)
	}
	outcome := staysUnchanged
	if isReplaced || plan.update(state) != (ghes.AuthorizationUpdate{}) {
		outcome = isUpdated
	}
	resp.Diagnostics.Append(r.session.ledger.add(data.ID, outcome)...)
	resp.Diagnostics.Append(r.session.appTokens.addPlanned(&plan, isReplaced)...)
	if !noChange || !reflect.DeepEqual(plan, state) {
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	}
}

// planReplacement returns the attributes because of which the authorization is replaced. None
// means that it is updated in place.
func (r *authorizationResource) planReplacement(ctx context.Context, plan *authorizationModel, state authorizationModel, data privateData, diags *diag.Diagnostics) path.Paths {
	if !plan.EncryptToken.Equal(state.EncryptToken) {
		plan.encrypter(ctx, r.session.now(), diags)
		plan.warnOfUnknownKey(ctx, state, data, diags)
	}
	paths := plan.replacements(state, data)
	if r.fingerprintReplaces && isChanged(plan.Fingerprint, state.Fingerprint) {
		paths.Append(path.Root("fingerprint"))
	}
	paths.Append(r.planRotation(plan, state, data, diags)...)
	return paths
}

// planRotation returns the attributes that need a new token because of its reset or
// its age, although the configuration has not changed. It marks them as unknown in
// plan.
func (r *authorizationResource) planRotation(plan *authorizationModel, state authorizationModel, data privateData, diags *diag.Diagnostics) path.Paths {
	var paths path.Paths
	if state.wasReset(data) {
		diags.Append(state.resetWarning())
		paths.Append(path.Root("hashed_token"))
		plan.HashedToken = types.StringUnknown()
	}
	if plan.rotates(r.session.refreshedAt(state.ID.ValueInt64()), diags) {
		paths.Append(path.Root("rotate_at"))
		plan.RotateAt = types.StringUnknown()
	}
	return paths
}
