package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// tokenPair is the current and the previous token of a ghes_rotating_authorization, as a state or a
// plan has them.
type tokenPair struct {
	model    rotatingModel // its Previous is only used to load and to save
	previous previousToken
	data     rotatingPrivateData
}

// loadState adds an error for a state with an invalid ID.
func loadState(ctx context.Context, from tfsdk.State, private privateState, diags *diag.Diagnostics) tokenPair {
	var state tokenPair
	diags.Append(state.model.get(ctx, from)...)
	state.previous = state.model.previous(ctx, diags)
	state.data = loadPrivate[rotatingPrivateData](ctx, private, diags)
	if diags.HasError() {
		return state
	}
	if state.id() < 1 {
		diags.Append(invalidIDError(state.model.ID))
	}
	if !state.model.Previous.IsNull() && state.previous.ID.ValueInt64() < 1 {
		diags.Append(invalidIDError(state.previous.ID))
	}
	return state
}

// loadPlan returns the planned tokens in a plan or an apply.
func loadPlan(ctx context.Context, from tfsdk.Plan, diags *diag.Diagnostics) tokenPair {
	var plan tokenPair
	diags.Append(plan.model.get(ctx, from)...)
	plan.previous = plan.model.previous(ctx, diags)
	return plan
}

func (p *tokenPair) save(ctx context.Context, to *tfsdk.State, private privateState, diags *diag.Diagnostics) {
	p.model.Previous = p.previous.object()
	diags.Append(to.Set(ctx, &p.model)...)
	savePrivate(ctx, private, p.data, diags)
}

// savePlan saves a planned pair. If it is uncertain whether there will be a rotation, neither is the
// previous token.
func (p *tokenPair) savePlan(ctx context.Context, isUncertain bool, resp *resource.ModifyPlanResponse) {
	p.model.Previous = p.previous.object()
	if isUncertain {
		p.model.Previous = types.ObjectUnknown(previousTypes)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &p.model)...)
}

// id returns the ID of the current token. It is 0 while the plan of a rotation does not know it.
func (p *tokenPair) id() int64 { return p.model.ID.ValueInt64() }

// tokenIDs returns the IDs of the tokens that exist, in the order in which they are changed and revoked: the
// previous one comes first.
func (p *tokenPair) tokenIDs() (ids []int64) {
	if p.previous.exists() {
		ids = append(ids, p.previous.ID.ValueInt64())
	}
	if !p.data.IsDeleted {
		ids = append(ids, p.id())
	}
	return ids
}

// keeps reports whether the token with this ID stays valid, as the current or the previous one.
func (p *tokenPair) keeps(id int64) bool {
	return id == p.id() || id == p.previous.ID.ValueInt64()
}

// rotates reports whether the planned pair has a new current token.
func (p *tokenPair) rotates() bool { return p.model.ID.IsUnknown() }

// remove records that the token with this ID no longer exists.
func (p *tokenPair) remove(id int64) {
	if id == p.id() {
		p.data.IsDeleted = true
		return
	}
	p.previous, p.data.PreviousCreatedAt = previousToken{}, ""
}

// previousModel has the attributes that show whether the ID of the previous token was reused.
func (p *tokenPair) previousModel() tokenModel {
	return tokenModel{ID: p.previous.ID, CreatedAt: stringOrNull(p.data.PreviousCreatedAt)}
}

// describeIDs names the authorizations with these IDs.
func describeIDs(ids []int64) string {
	texts := make([]string, 0, len(ids))
	for _, id := range ids {
		texts = append(texts, fmt.Sprint(id))
	}
	if len(ids) == 1 {
		return "authorization " + texts[0]
	}
	return "authorizations " + strings.Join(texts, " and ")
}
