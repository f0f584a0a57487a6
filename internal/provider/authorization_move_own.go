package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ownMover moves an authorization from another resource type of this provider, whose attributes are
// those of the source. The private state is kept as it is. move returns the target's model, a pointer
// to a struct, or adds an error if the target cannot manage the authorization.
func ownMover(from string, source map[string]schema.Attribute, move func(context.Context, tfsdk.State, *diag.Diagnostics) any) resource.StateMover {
	mover := func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		if !isMovedFrom(from, "ghes-tools/ghes", req) {
			return
		}
		if req.SourceState == nil {
			resp.Diagnostics.AddError("Unable to move authorization", "The state of "+from+" cannot be read. Remove the moved block, run terraform state rm ADDRESS, and import the authorization by its ID.")
			return
		}
		target := move(ctx, *req.SourceState, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
		resp.Diagnostics.Append(resp.TargetState.Set(ctx, target)...)
		resp.TargetPrivate = req.SourcePrivate
	}
	return resource.StateMover{SourceSchema: &schema.Schema{Attributes: source}, StateMover: mover}
}

// authorizationMover moves an authorization between the two resources that have the same attributes.
func authorizationMover(from string, check func(authorizationModel) diag.Diagnostics) resource.StateMover {
	return ownMover(from, authorizationAttributes(), func(ctx context.Context, state tfsdk.State, diags *diag.Diagnostics) any {
		model := readState(ctx, state, diags)
		diags.Append(check(model)...)
		return &model
	})
}

// fromRotating moves the current token of a ghes_rotating_authorization to a ghes_authorization, if there is no
// other one.
func fromRotating() resource.StateMover {
	return ownMover("ghes_rotating_authorization", rotatingAttributes(), func(ctx context.Context, state tfsdk.State, diags *diag.Diagnostics) any {
		var source rotatingModel
		diags.Append(source.get(ctx, state)...)
		if p := source.previous(ctx, diags); p.exists() {
			diags.AddError("Unable to move authorization", fmt.Sprintf(
				"The ghes_rotating_authorization still has the previous token, of authorization %d, and nothing would revoke it after the move. "+
					"Restore the block of ghes_rotating_authorization, and remove the moved block and the new resource block. If you remove only the moved block, the next apply revokes both tokens. "+
					"To move it, wait until previous is null.", p.ID.ValueInt64()))
		}
		return &authorizationModel{
			tokenModel: source.tokenModel,
			App:        types.ObjectNull(appTypes),
		}
	})
}

// MoveState takes a personal access token from a ghes_authorization.
func (r *rotatingAuthorizationResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{ownMover("ghes_authorization", authorizationAttributes(), func(ctx context.Context, state tfsdk.State, diags *diag.Diagnostics) any {
		source := readState(ctx, state, diags)
		if isSet(source.ClientID) {
			diags.AddError("Unable to move authorization", fmt.Sprintf(
				"Authorization %d is for an OAuth app, and ghes_rotating_authorization manages personal access tokens only. "+
					"Restore the block of ghes_authorization, and remove the moved block and the new resource block. If you remove only the moved block, the next apply revokes the token.", source.ID.ValueInt64()))
		}
		return &rotatingModel{tokenModel: source.tokenModel, Previous: types.ObjectNull(previousTypes)}
	})}
}
