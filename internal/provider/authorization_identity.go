package provider

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// identityModel is what tells an authorization from all others of the user. The
// server and the user are none of it: they are the provider's, and may be renamed.
type identityModel struct {
	ID types.Int64 `tfsdk:"id"`
}

func (r *authorizationResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.Int64Attribute{
			Description:       "The number of the authorization on its server.",
			RequiredForImport: true,
		},
	}}
}

// identify sets the identity of a resource that has authorization id.
func identify(ctx context.Context, identity *tfsdk.ResourceIdentity, id types.Int64) diag.Diagnostics {
	return identity.Set(ctx, identityModel{id})
}

// importID returns what is to be imported as the command line has it. An import
// block may have an identity instead.
func importID(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) string {
	if req.ID != "" {
		return req.ID
	}
	var id types.Int64
	diags.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &id)...)
	return strconv.FormatInt(id.ValueInt64(), 10)
}

// setImported completes the import of authorization id.
func setImported(ctx context.Context, id int64, resp *resource.ImportStateResponse) {
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(identify(ctx, resp.Identity, types.Int64Value(id))...)
}
