package provider

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*authorizationEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*authorizationEphemeral)(nil)
	_ ephemeral.EphemeralResourceWithClose          = (*authorizationEphemeral)(nil)
)

type authorizationEphemeral struct{ session *session }

func newAuthorizationEphemeral() ephemeral.EphemeralResource { return &authorizationEphemeral{} }

// defaultNotePrefix is the prefix of the notes of ephemeral tokens. Users find
// tokens that a killed run has left behind by it.
const defaultNotePrefix = "terraform-"

// idKey is the key of the private data that passes the ID from Open to Close.
const idKey = "id"

type authorizationEphemeralModel struct {
	NotePrefix     types.String  `tfsdk:"note_prefix"`
	NoteURL        types.String  `tfsdk:"note_url"`
	Scopes         types.Set     `tfsdk:"scopes"`
	ClientID       types.String  `tfsdk:"client_id"`
	ClientSecret   types.String  `tfsdk:"client_secret"`
	Fingerprint    types.String  `tfsdk:"fingerprint"`
	DeferUntil     types.Dynamic `tfsdk:"defer_until"`
	ID             types.Int64   `tfsdk:"id"`
	Note           types.String  `tfsdk:"note"`
	Token          types.String  `tfsdk:"token"`
	TokenLastEight types.String  `tfsdk:"token_last_eight"`
	HashedToken    types.String  `tfsdk:"hashed_token"`
}

func (r *authorizationEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_authorization"
}

func (r *authorizationEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An ephemeral personal access token (PAT) or, with `client_id`, an ephemeral OAuth app token. The provider creates it when the run needs it, and revokes it when the run ends. Neither plan nor state contains it. " +
			"Each plan creates and revokes a token as well, unless `defer_until` defers it to the apply. Requires Terraform 1.10 or OpenTofu 1.11.",
		Attributes: ephemeralTokenAttributes(map[string]schema.Attribute{
			"note_prefix": schema.StringAttribute{
				MarkdownDescription: "Prefix of the note. The provider appends a unique suffix, so that runs do not conflict. Default: `" + defaultNotePrefix + "`.",
				Optional:            true,
			},
			"note_url": schema.StringAttribute{
				MarkdownDescription: "URL with more information about the purpose of the token.",
				Optional:            true,
			},
			"scopes": schema.SetAttribute{
				MarkdownDescription: "Scopes of the token. Default: none, which gives read access to public information only.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.Set{scopeNames{}},
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Client ID of the OAuth app that the token is for. At most 20 characters. Requires `client_secret`. Default: none, which creates a personal access token.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(maxClientID)},
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "Client secret of the OAuth app. Requires `client_id`, and is required with it.",
				Optional:            true,
				Sensitive:           true,
			},
			"fingerprint": schema.StringAttribute{
				MarkdownDescription: "Fingerprint, which distinguishes the tokens of one app and user. The server refuses a fingerprint that another run is using. Default with `client_id`: a unique fingerprint for each run.",
				Optional:            true,
			},
			"id":   schema.Int64Attribute{MarkdownDescription: "ID of the authorization.", Computed: true},
			"note": schema.StringAttribute{MarkdownDescription: "Note of the authorization.", Computed: true},
		}),
	}
}

func (r *authorizationEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	r.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *authorizationEphemeral) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var config authorizationEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	(&authorizationModel{ClientID: config.ClientID, ClientSecret: config.ClientSecret}).validateSecrets(&resp.Diagnostics)
	if isSet(config.ClientID) && isAbsent(config.ClientSecret) {
		resp.Diagnostics.AddAttributeError(path.Root("client_id"), "Missing client secret",
			"A token for an OAuth app requires the client secret of the app. Set client_secret.")
	}
}

func (r *authorizationEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model authorizationEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	a := r.session.ephemeralTokens.create(ctx, r.session.Client, model.request(), &resp.Diagnostics)
	if a == nil {
		return
	}
	model.set(a)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, idKey, []byte(strconv.FormatInt(a.ID, 10)))...)
	if resp.Diagnostics.HasError() { // The CLI does not call Close after an error.
		resp.Diagnostics.Append(r.session.ephemeralTokens.revoke(ctx, r.session.Client, a.ID)...)
	}
}

func (r *authorizationEphemeral) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	content, diags := req.Private.GetKey(ctx, idKey)
	resp.Diagnostics.Append(diags...)
	id, err := strconv.ParseInt(string(content), 10, 64)
	if err != nil {
		resp.Diagnostics.AddError("Unable to close ephemeral authorization", "The private data from Terraform does not contain the ID of the authorization: "+err.Error())
		return
	}
	resp.Diagnostics.Append(r.session.ephemeralTokens.revoke(ctx, r.session.Client, id)...)
}

// request returns the body of the create request. Its note, and for an app its
// default fingerprint, are unique to this run.
func (m *authorizationEphemeralModel) request() ghes.AuthorizationRequest {
	note := uniqueNote(cmp.Or(m.NotePrefix.ValueString(), defaultNotePrefix))
	request := ghes.AuthorizationRequest{
		Scopes:       elements(m.Scopes),
		Note:         note,
		NoteURL:      m.NoteURL.ValueString(),
		ClientID:     m.ClientID.ValueString(),
		ClientSecret: m.ClientSecret.ValueString(),
		Fingerprint:  m.Fingerprint.ValueString(),
	}
	if request.ClientID != "" && request.Fingerprint == "" {
		request.Fingerprint = note
	}
	return request
}

func (m *authorizationEphemeralModel) set(a *ghes.Authorization) {
	m.ID = types.Int64Value(a.ID)
	m.Note = stringOrNull(a.Note)
	m.Token = types.StringValue(a.Token)
	m.TokenLastEight = stringOrNull(a.TokenLastEight)
	m.HashedToken = stringOrNull(a.HashedToken)
}

// openErrors returns the errors of a failed create. If something already exists,
// it is the fingerprint, because the provider generates a unique note.
func openErrors(err error) diag.Diagnostics {
	const action = "open ephemeral authorization"
	if refusal, ok := errors.AsType[*ghes.Error](err); ok && refusal.Is(ghes.ErrAlreadyExists) {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("fingerprint"), "Unable to "+action, detail(refusal, refusal.Error(),
			"The user already has an authorization for this app and fingerprint. It may be from a run that is still in progress. Remove fingerprint from the configuration, so that each run gets a unique one."))}
	}
	attributes := maps.Clone(attributeOf)
	attributes["description"], attributes["note"] = "note_prefix", "note_prefix"
	return apiErrorsOn(attributes, action, err)
}
