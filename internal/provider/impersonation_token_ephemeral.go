package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure = (*impersonationTokenEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithClose     = (*impersonationTokenEphemeral)(nil)
)

type impersonationTokenEphemeral struct{ session *session }

func newImpersonationTokenEphemeral() ephemeral.EphemeralResource {
	return &impersonationTokenEphemeral{}
}

// usernameKey is the key of the private data that passes the username from Open to Close,
// if this run has created the token.
const usernameKey = "username"

type impersonationTokenModel struct {
	Username       types.String  `tfsdk:"username"`
	Scopes         types.Set     `tfsdk:"scopes"`
	ShareExisting  types.Bool    `tfsdk:"share_existing"`
	DeferUntil     types.Dynamic `tfsdk:"defer_until"`
	Token          types.String  `tfsdk:"token"`
	TokenLastEight types.String  `tfsdk:"token_last_eight"`
	HashedToken    types.String  `tfsdk:"hashed_token"`
}

func (r *impersonationTokenEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_impersonation_token"
}

func (r *impersonationTokenEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An ephemeral impersonation token, which acts as another user. The provider creates it with the `admin_token` of a site administrator when the run needs it, also on servers with SAML or CAS. " +
			"The provider revokes it when the run ends. Neither plan nor state contains it. " +
			"Each plan creates and revokes a token as well, unless `defer_until` defers it to the apply. Requires Terraform 1.10 or OpenTofu 1.11.",
		Attributes: ephemeralTokenAttributes(map[string]schema.Attribute{
			"username": schema.StringAttribute{
				MarkdownDescription: "Username of the user as whom the token acts. Must not be `.` or `..` or contain a `/`.",
				Required:            true,
				Validators:          []validator.String{pathElement{}},
			},
			"scopes": schema.SetAttribute{
				MarkdownDescription: "Scopes of the token. An empty set gives read access to public information only.",
				ElementType:         types.StringType,
				Required:            true,
				Validators:          []validator.Set{scopeNames{}},
			},
			"share_existing": schema.BoolAttribute{
				MarkdownDescription: "Whether to use an existing impersonation token of the user. The server keeps one for each user. Default: `false`, which reports an error if a token exists. " +
					"With `true`, the provider neither revokes an existing token nor changes its scopes. If the server does not show the token, the provider reports an error.",
				Optional: true,
			},
		}),
	}
}

func (r *impersonationTokenEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	r.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *impersonationTokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model impersonationTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	token := r.session.impersonation(model.Username.ValueString())
	a, isOwn := token.open(ctx, r.session.ephemeralTokens, elements(model.Scopes), model.ShareExisting.ValueBool(), &resp.Diagnostics)
	if a == nil {
		return
	}
	model.set(a)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
	if !isOwn {
		return
	}
	r.session.claim(a.ID) // so that no action of this run revokes it
	setPrivateJSON(ctx, resp.Private, usernameKey, model.Username.ValueString(), &resp.Diagnostics)
	if resp.Diagnostics.HasError() { // The CLI does not call Close after an error.
		resp.Diagnostics.Append(token.close(ctx, r.session.ephemeralTokens)...)
	}
}

// Close revokes the token that Open has created. There is no username if the token is
// another run's.
func (r *impersonationTokenEphemeral) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	content, diags := req.Private.GetKey(ctx, usernameKey)
	resp.Diagnostics.Append(diags...)
	if content == nil || resp.Diagnostics.HasError() {
		return
	}
	var username string
	if err := json.Unmarshal(content, &username); err != nil {
		resp.Diagnostics.AddError("Unable to close impersonation token", "The private data from Terraform does not contain the username: "+err.Error())
		return
	}
	resp.Diagnostics.Append(r.session.impersonation(username).close(ctx, r.session.ephemeralTokens)...)
}

func (m *impersonationTokenModel) set(a *ghes.Authorization) {
	m.Token = types.StringValue(a.Token)
	m.TokenLastEight = stringOrNull(a.TokenLastEight)
	m.HashedToken = stringOrNull(a.HashedToken)
}
