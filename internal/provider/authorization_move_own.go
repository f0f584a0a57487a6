package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// ownMover moves an authorization from another resource type of this provider. The states of
// both types have the same attributes, so the ID, the token and the private state are kept.
// check returns an error if the target cannot manage the authorization.
func ownMover(from string, check func(authorizationModel) diag.Diagnostics) resource.StateMover {
	move := func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		if !isMovedFrom(from, "ghes-tools/ghes", req) {
			return
		}
		if req.SourceState == nil {
			resp.Diagnostics.AddError("Unable to move authorization", "The state of "+from+" cannot be read.")
			return
		}
		state := readState(ctx, *req.SourceState, &resp.Diagnostics)
		resp.Diagnostics.Append(check(state)...)
		if resp.Diagnostics.HasError() {
			return
		}
		resp.TargetState.Raw = req.SourceState.Raw
		resp.TargetPrivate = req.SourcePrivate
	}
	return resource.StateMover{SourceSchema: &schema.Schema{Attributes: authorizationAttributes()}, StateMover: move}
}
