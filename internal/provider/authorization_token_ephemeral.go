package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*authorizationTokenEphemeral)(nil)

// authorizationTokenEphemeral returns a token in the run that created it. It sends no
// request.
type authorizationTokenEphemeral struct{ session *session }

func newAuthorizationTokenEphemeral() ephemeral.EphemeralResource {
	return &authorizationTokenEphemeral{}
}

type authorizationTokenModel struct {
	AuthorizationID types.Int64  `tfsdk:"authorization_id"`
	Token           types.String `tfsdk:"token"`
	Available       types.Bool   `tfsdk:"available"`
}

func (e *authorizationTokenEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_authorization_token"
}

func (e *authorizationTokenEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The token of an authorization with `store_token = false` or `encrypt_token`, in the apply that makes it, for a write-only argument. Neither state nor plan holds it, and nothing is asked of the server.",
		Attributes: map[string]schema.Attribute{
			"authorization_id": schema.Int64Attribute{
				MarkdownDescription: "The `id` of the authorization. While that is unknown in a plan, the apply opens the ephemeral resource, after the authorization was made.",
				Required:            true,
			},
			"token": schema.StringAttribute{
				MarkdownDescription: "The token; null in every run but the one that made it.",
				Computed:            true,
				Sensitive:           true,
			},
			"available": schema.BoolAttribute{
				MarkdownDescription: "Whether this run made the token, so that `token` has it.",
				Computed:            true,
			},
		},
	}
}

func (e *authorizationTokenEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (e *authorizationTokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model authorizationTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	token, available := e.session.tokens.get(model.AuthorizationID.ValueInt64())
	model.Token, model.Available = stringOrNull(token), types.BoolValue(available)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
}
