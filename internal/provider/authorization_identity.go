package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// identityModel is the identity of an authorization. The plugin protocol demands that it
// names one object across all instances of the provider, and an ID alone does not.
type identityModel struct {
	ID   types.Int64  `tfsdk:"id"`
	Host types.String `tfsdk:"host"` // as in account
	User types.String `tfsdk:"user"`
}

func (r *authorizationResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Version: 1,
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.Int64Attribute{
				Description:       "ID of the authorization.",
				RequiredForImport: true,
			},
			"host": identityschema.StringAttribute{
				Description:       "Host of the server, with the port unless it is the default port, and with the path if there is one. Default: the host of the provider block.",
				OptionalForImport: true,
			},
			"user": identityschema.StringAttribute{
				Description:       "Username of the user who has the authorization. Default: the username of the provider block.",
				OptionalForImport: true,
			},
		},
	}
}

// UpgradeIdentity accepts identities of version 0, which had the ID only. Terraform also asks
// to upgrade the identity of a state that has none. The next refresh completes both.
func (r *authorizationResource) UpgradeIdentity(context.Context) map[int64]resource.IdentityUpgrader {
	upgrade := func(ctx context.Context, req resource.UpgradeIdentityRequest, resp *resource.UpgradeIdentityResponse) {
		var prior struct {
			ID *int64 `json:"id"`
		}
		if len(req.RawIdentity.JSON) > 0 {
			if err := json.Unmarshal(req.RawIdentity.JSON, &prior); err != nil {
				resp.Diagnostics.AddError("Unable to read the identity", "The identity in the state is not valid: "+err.Error())
				return
			}
		}
		resp.Diagnostics.Append(resp.Identity.Set(ctx, identityModel{ID: types.Int64PointerValue(prior.ID)})...)
	}
	return map[int64]resource.IdentityUpgrader{0: {IdentityUpgrader: upgrade}}
}

// setIdentity sets the identity of a resource to that of authorization id of an account.
func setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, id types.Int64, owner account) diag.Diagnostics {
	return identity.Set(ctx, identityModel{id, stringOrNull(owner.Host), stringOrNull(owner.User)})
}

// idToImport returns the import ID as the user wrote it. For an import block with an
// identity it is the ID in that. It adds an error if the identity is of another account.
func (s *session) idToImport(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) string {
	if req.ID != "" {
		return req.ID
	}
	var identity identityModel
	diags.Append(req.Identity.Get(ctx, &identity)...)
	named := s.account
	if host := identity.Host.ValueString(); isSet(identity.Host) && !strings.EqualFold(host, named.Host) {
		named.Host = host
	}
	if isSet(identity.User) {
		named.User = identity.User.ValueString()
	}
	if named.differs(s.account) {
		diags.AddError("Unable to import authorization", fmt.Sprintf(
			"The identity is for %s. The provider is configured for %s, where the same ID may be another authorization. Nothing was sent. "+
				"Use the provider block for that server and user, or correct host and user in the identity.", named, s.account))
	}
	return strconv.FormatInt(identity.ID.ValueInt64(), 10)
}

// parseImportID returns the ID that text is the only spelling of.
func parseImportID(text string) (id int64, ok bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

func (s *session) importIDError(text string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to import authorization",
		fmt.Sprintf("%s is not the ID of an authorization. Import an authorization by its ID, such as 123. GET /authorizations lists the IDs.", s.quoted(text)))
}

// setImported completes the import of authorization id.
func (s *session) setImported(ctx context.Context, id int64, resp *resource.ImportStateResponse) {
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, types.Int64Value(id), s.account)...)
}
