package provider

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/tokencrypt"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*authorizationTokenEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*authorizationTokenEphemeral)(nil)
)

// envAgeIdentity is the environment variable for age_identity.
const envAgeIdentity = "GHES_AGE_IDENTITY"

// authorizationTokenEphemeral returns a token: the one that this run has created, or the one
// that an encrypted token holds. It sends no request.
type authorizationTokenEphemeral struct{ session *session }

func newAuthorizationTokenEphemeral() ephemeral.EphemeralResource {
	return &authorizationTokenEphemeral{}
}

type authorizationTokenModel struct {
	AuthorizationID types.Int64  `tfsdk:"authorization_id"`
	EncryptedToken  types.String `tfsdk:"encrypted_token"`
	AgeIdentity     types.String `tfsdk:"age_identity"`
	Token           types.String `tfsdk:"token"`
	Available       types.Bool   `tfsdk:"available"`
}

func (e *authorizationTokenEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_authorization_token"
}

func (e *authorizationTokenEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The token of an authorization in the configuration, for a write-only argument: decrypted from `encrypted_token` in every run, or from memory in the apply that creates it. " +
			"Neither plan nor state contains it. The provider sends no request for it. Requires Terraform 1.10 or OpenTofu 1.11; write-only arguments require version 1.11 of both.",
		Attributes: map[string]schema.Attribute{
			"authorization_id": schema.Int64Attribute{
				MarkdownDescription: "ID of an authorization with `store_token = false` or `encrypt_token`. Conflicts with `encrypted_token` and `age_identity`. If it is unknown in a plan, Terraform opens the ephemeral resource in the apply, after it has created the authorization.",
				Optional:            true,
			},
			"encrypted_token": schema.StringAttribute{
				MarkdownDescription: "Encrypted token: the `encrypted_token` of an authorization with `encrypt_token = { age_recipients = [...] }`. Conflicts with `authorization_id`. If it is null, as after an import, `token` is null.",
				Optional:            true,
			},
			"age_identity": schema.StringAttribute{
				MarkdownDescription: "Secret key that decrypts `encrypted_token`: one or more lines `AGE-SECRET-KEY-...`, or one SSH private key without a passphrase. Conflicts with `authorization_id`. Default: the environment variable `" + envAgeIdentity + "`.",
				Optional:            true,
				Sensitive:           true,
			},
			"token": schema.StringAttribute{
				MarkdownDescription: "The token. With `authorization_id`, it is null in every run except the one that creates the authorization.",
				Computed:            true,
				Sensitive:           true,
			},
			"available": schema.BoolAttribute{
				MarkdownDescription: "Whether `token` is known.",
				Computed:            true,
			},
		},
	}
}

func (e *authorizationTokenEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

// ValidateConfig cannot refuse a configuration without both sources: the encrypted token of an
// imported authorization is null.
func (e *authorizationTokenEphemeral) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var config authorizationTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case !config.AuthorizationID.IsNull() && !config.EncryptedToken.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("encrypted_token"), "Conflicting token sources", "Both authorization_id and encrypted_token are set. Remove one of them.")
	case !config.AuthorizationID.IsNull() && !config.AgeIdentity.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("authorization_id"), "Identity without encrypted_token", "age_identity decrypts encrypted_token, which is not set. Set encrypted_token instead of authorization_id, or remove age_identity.")
	case isKnown(config.AgeIdentity):
		parseIdentities(config.AgeIdentity.ValueString(), &resp.Diagnostics)
	}
}

func (e *authorizationTokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model authorizationTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var token string
	switch {
	case !model.AuthorizationID.IsNull():
		token, _ = e.session.tokens.get(model.AuthorizationID.ValueInt64())
	case isSet(model.EncryptedToken):
		token = e.decrypt(model, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	model.Token, model.Available = stringOrNull(token), types.BoolValue(token != "")
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
}

func (e *authorizationTokenEphemeral) decrypt(model authorizationTokenModel, diags *diag.Diagnostics) string {
	text := cmp.Or(model.AgeIdentity.ValueString(), strings.TrimSpace(os.Getenv(envAgeIdentity)))
	e.session.Secrets().Add(secretLines(text)...)
	if text == "" {
		diags.AddAttributeError(path.Root("age_identity"), "Missing age_identity",
			"The provider needs a secret key to decrypt encrypted_token. Set age_identity, or "+envAgeIdentity+" in the environment.")
		return ""
	}
	identities := parseIdentities(text, diags)
	if diags.HasError() {
		return ""
	}
	token, err := tokencrypt.DecryptAge(model.EncryptedToken.ValueString(), identities)
	e.session.Secrets().Add(token)
	if err != nil {
		// Without a path: the CLI would print the lines of the configuration, which may contain a secret.
		diags.AddError("Unable to decrypt the token", "The value of encrypted_token cannot be decrypted: "+err.Error()+".")
	}
	return token
}

// secretLines returns the lines of identities that are secret, and not those that every
// key has.
func secretLines(identities string) []string {
	return slices.DeleteFunc(strings.Fields(identities), func(part string) bool { return len(part) < 16 || strings.HasPrefix(part, "-----") })
}

// parseIdentities returns the identities in text. Its error has no path, because the CLI would
// print the line with the secret.
func parseIdentities(text string, diags *diag.Diagnostics) tokencrypt.Identities {
	identities, err := tokencrypt.ParseIdentities(text)
	if err != nil {
		diags.AddError("Invalid age_identity", "The identity, from age_identity or "+envAgeIdentity+", cannot be used: "+err.Error()+".")
	}
	return identities
}
