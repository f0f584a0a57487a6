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

// identityModel is the identity of an authorization among those of its user. It does
// not contain the server and the user: those belong to the provider, and may be renamed.
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

// setIdentity sets the identity of a resource to that of authorization id.
func setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, id types.Int64) diag.Diagnostics {
	return identity.Set(ctx, identityModel{id})
}

// idToImport returns the import ID as the user wrote it. For an import block with an
// identity it is the ID in that.
func idToImport(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) string {
	if req.ID != "" {
		return req.ID
	}
	var id types.Int64
	diags.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &id)...)
	return strconv.FormatInt(id.ValueInt64(), 10)
}

// parseImportID returns the ID that text is the only spelling of.
func parseImportID(text string) (id int64, ok bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

// setImported completes the import of authorization id.
func setImported(ctx context.Context, id int64, resp *resource.ImportStateResponse) {
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, types.Int64Value(id))...)
}
