package provider

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var (
	_ action.ActionWithConfigure      = (*revokeGrantAction)(nil)
	_ action.ActionWithValidateConfig = (*revokeGrantAction)(nil)
	_ action.ActionWithModifyPlan     = (*revokeGrantAction)(nil)
)

type revokeGrantAction struct{ session *session }

func newRevokeGrantAction() action.Action { return &revokeGrantAction{} }

type revokeGrantActionModel struct {
	GrantID  types.Int64  `tfsdk:"grant_id"`
	ClientID types.String `tfsdk:"client_id"`
}

func (a *revokeGrantAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_revoke_grant"
}

func (a *revokeGrantAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes the user's grant to one OAuth app, **with all tokens of that app for the user, also those that Terraform did not create**. This cannot be undone. Requires Terraform 1.14.",
		Attributes: map[string]schema.Attribute{
			"grant_id": schema.Int64Attribute{
				MarkdownDescription: "ID of the grant. Set exactly one of `grant_id` and `client_id`. Must be at least 1.",
				Optional:            true,
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Client ID of the OAuth app. At most 20 characters.",
				Optional:            true,
			},
		},
	}
}

func (a *revokeGrantAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (a *revokeGrantAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config revokeGrantActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validate(&resp.Diagnostics)
	}
}

// ModifyPlan validates the arguments that were unknown in ValidateConfig.
func (a *revokeGrantAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var config revokeGrantActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validate(&resp.Diagnostics)
	}
}

func (a *revokeGrantAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config revokeGrantActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validate(&resp.Diagnostics)
	unknown := unknownNames(actionArgument{"grant_id", config.GrantID}, actionArgument{"client_id", config.ClientID})
	refuseUnknown(unknown, "Nothing was revoked, because the grant is unknown.", &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if g := a.find(ctx, config, &resp.Diagnostics); g != nil {
		a.revoke(ctx, g, progressFunc(ctx, resp), &resp.Diagnostics)
	}
}

// find returns the grant that config selects, or nil after a warning or an error.
func (a *revokeGrantAction) find(ctx context.Context, config revokeGrantActionModel, diags *diag.Diagnostics) *ghes.Grant {
	if !config.GrantID.IsNull() {
		return a.get(ctx, config.GrantID.ValueInt64(), diags)
	}
	clientID := config.ClientID.ValueString()
	found, ids, err := a.session.grantsTo(ctx, clientID)
	if err != nil {
		diags.Append(apiErrorsOn(nil, "read the grant to revoke", err)...)
		return nil
	}
	switch len(ids) {
	case 0:
		a.warnOfNone(path.Root("client_id"), fmt.Sprintf("to the app %q", clientID), diags)
	case 1:
		return found
	default:
		diags.AddAttributeError(path.Root("client_id"), "Unable to revoke grant", fmt.Sprintf(
			"The user has %d grants to the app %q: %s. Nothing was revoked. Select one of them with grant_id.", len(ids), clientID, joinSome(ids)))
	}
	return nil
}

func (a *revokeGrantAction) get(ctx context.Context, id int64, diags *diag.Diagnostics) *ghes.Grant {
	g, err := a.session.findGrant(ctx, id)
	switch {
	case errors.Is(err, ghes.ErrNotFound):
		a.warnOfNone(path.Root("grant_id"), strconv.FormatInt(id, 10), diags)
	case err != nil:
		diags.Append(apiErrorsOn(nil, "read the grant to revoke", err)...)
	case g.App.ClientID == ghes.NoApp || g.App.ClientID == "":
		diags.AddAttributeError(path.Root("grant_id"), "Unable to revoke grant", fmt.Sprintf(
			"Grant %d is not for an OAuth app. It may stand for all personal access tokens of the user, and revoking it may revoke all of them. Nothing was revoked.", id))
	default:
		return g
	}
	return nil
}

// warnOfNone is for a grant that the server does not have. It is not an error, because
// the grant may have been revoked before. It is a warning, because the argument may be
// wrong.
func (a *revokeGrantAction) warnOfNone(at path.Path, which string, diags *diag.Diagnostics) {
	diags.AddAttributeWarning(at, "No grant was revoked", fmt.Sprintf(
		"The server has no grant %s of %s. If it was revoked before, there is nothing to do. Otherwise check the argument of the action, and base_url and username in the provider block.", which, a.session.account))
}

func (a *revokeGrantAction) revoke(ctx context.Context, g *ghes.Grant, progress func(string, ...any), diags *diag.Diagnostics) {
	scopes := "no scopes"
	if len(g.Scopes) > 0 {
		scopes = "scopes " + a.session.quoted(strings.Join(g.Scopes, " "))
	}
	progress("Revoking grant %d to the app %s (client ID %s, %s), and with it all tokens of the app for %s",
		g.ID, a.session.quoted(g.App.Name), a.session.quoted(g.App.ClientID), scopes, a.session.account)
	err := revokeByID(ctx, g.ID, a.session.DeleteGrant, a.session.GetGrant)
	switch {
	case errors.Is(err, ghes.ErrNotFound):
		progress("Grant %d was already revoked in the meantime", g.ID)
	case err != nil:
		diags.Append(apiErrorsOn(nil, fmt.Sprintf("revoke grant %d", g.ID), err)...)
		if mayHaveActed(err) {
			diags.AddWarning(fmt.Sprintf("Grant %d may have been revoked", g.ID),
				"The server did not confirm the revocation. Run the action again: it revokes the grant, or warns that the server has no such grant.")
		}
	default:
		progress("Revoked grant %d", g.ID)
	}
}

// validate checks the known arguments.
func (m *revokeGrantActionModel) validate(diags *diag.Diagnostics) {
	if isKnown(m.GrantID) && m.GrantID.ValueInt64() < 1 {
		diags.AddAttributeError(path.Root("grant_id"), "Invalid grant_id", "grant_id must be at least 1.")
	}
	checkAppID(m.ClientID, diags)
	if !diags.HasError() {
		exactlyOne("grant_id and client_id", diags, selectorOf("grant_id", m.GrantID), selectorOf("client_id", m.ClientID))
	}
}
