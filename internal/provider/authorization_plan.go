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
		resp.Diagnostics.Append(r.session.ledger.add(state.ID.ValueInt64(), effectRevoke)...)
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
	r.session.Secrets().Add(append(plan.secrets(), config.ClientSecretWO.ValueString())...)
	config.validateCreate(ctx, r.session.now(), &resp.Diagnostics)
	config.warnUnlessEphemeral(r.session.cliVersion, &resp.Diagnostics)
	plan.completeCreatePlan(config)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// A replacement is planned as an update first. The private state is then the one that the
	// plan of the update returned. Terraform drops the warnings of this second plan.
	if first := loadPrivate[privateData](ctx, req.Private, &resp.Diagnostics); first.IsReplaced {
		return
	} else if first.ID != 0 {
		resp.Diagnostics.Append(r.session.ledger.addReplacement(first.ID)...)
		r.refuseUnannounced(ctx, plan, first.ID, &resp.Diagnostics)
		return
	}
	existing := r.planExisting(ctx, plan, 0, &resp.Diagnostics)
	resp.Diagnostics.Append(r.session.planAppToken(&plan, existing, false)...)
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
	data := loadPrivate[privateData](ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.isUnrefreshed() {
		resp.Diagnostics.Append(unrefreshedError(state.ID.ValueInt64()))
		return
	}
	plan.completeUpdatePlan(config, state, &resp.Diagnostics)
	resp.RequiresReplace.Append(r.planReplacement(ctx, &plan, state, data, &resp.Diagnostics)...)
	isReplaced := len(resp.RequiresReplace) > 0
	if isReplaced { // Warnings about a replacement quote what the server has stored.
		r.session.Secrets().Add(append(plan.secrets(), config.ClientSecretWO.ValueString())...)
	}
	r.recordPlan(ctx, plan, state, isReplaced, &resp.Diagnostics)
	// The second plan call of a replacement gets these private data.
	first := data
	first.ID, first.IsReplaced = state.ID.ValueInt64(), isReplaced
	if first != data {
		savePrivate(ctx, resp.Private, first, &resp.Diagnostics)
	}
	if !noChange || !reflect.DeepEqual(plan, state) {
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	}
}

// recordPlan notes what the plan does to the authorization in state, and warns of what else it
// does.
func (r *authorizationResource) recordPlan(ctx context.Context, plan, state authorizationModel, isReplaced bool, diags *diag.Diagnostics) {
	id, effect := state.ID.ValueInt64(), effectNone
	if isReplaced {
		effect = r.planReplacementOf(ctx, plan, state, diags)
	} else {
		state.warnOfExpiry(r.session.now(), replaceAdvice, diags)
		if plan.update(state) != (ghes.AuthorizationUpdate{}) {
			effect = effectChange
		}
	}
	diags.Append(r.session.ledger.add(id, effect)...)
	diags.Append(r.session.planAppToken(&plan, id, isReplaced)...)
}

// planReplacement returns the attributes because of which the authorization is replaced. None
// means that it is updated in place. It marks hashed_token as unknown if the token was reset, since the
// configuration has not changed then.
func (r *authorizationResource) planReplacement(ctx context.Context, plan *authorizationModel, state authorizationModel, data privateData, diags *diag.Diagnostics) path.Paths {
	if !plan.EncryptToken.Equal(state.EncryptToken) {
		plan.encrypter(ctx, r.session.now(), diags)
		plan.warnOfUnknownKey(ctx, state.tokenModel, data, diags)
	}
	paths := plan.replacements(state, data)
	if r.fingerprintReplaces && isChanged(plan.Fingerprint, state.Fingerprint) {
		paths.Append(path.Root("fingerprint"))
	}
	if state.wasReset(data) {
		diags.Append(state.resetWarning())
		paths.Append(path.Root("hashed_token"))
		plan.HashedToken = types.StringUnknown()
	}
	return paths
}
