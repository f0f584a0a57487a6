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

type authorizationEphemeral struct{ client *runClient }

func newAuthorizationEphemeral() ephemeral.EphemeralResource { return &authorizationEphemeral{} }

// defaultNotePrefix begins the notes of tokens for one run, by which one finds
// those that a killed run has left behind.
const defaultNotePrefix = "terraform-"

// idKey is under which the CLI keeps the number from Open to Close.
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
		MarkdownDescription: "A token for one run: it is made when the run needs it and revoked at its end, and is in neither plan nor state. " +
			"A plan makes and revokes one as well, unless `defer_until` puts it off to the apply. Needs Terraform 1.10 or OpenTofu 1.11.",
		Attributes: map[string]schema.Attribute{
			"note_prefix": schema.StringAttribute{
				MarkdownDescription: "What the note begins with. The provider completes it, so that no two runs clash. Default `" + defaultNotePrefix + "`.",
				Optional:            true,
			},
			"note_url": schema.StringAttribute{
				MarkdownDescription: "An address with more about what the token is for.",
				Optional:            true,
			},
			"scopes": schema.SetAttribute{
				MarkdownDescription: "What the token may do. Default: none, which reads public information only.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.Set{scopeNames{}},
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Client ID of the OAuth app that the token is for. Without it, it is a personal access token.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(maxClientID)},
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "The OAuth app's client secret. Required with `client_id`.",
				Optional:            true,
				Sensitive:           true,
			},
			"fingerprint": schema.StringAttribute{
				MarkdownDescription: "Tells the tokens of one app and user apart. The server refuses the same one to a second run while the first is under way. Default with `client_id`: one that no other run has.",
				Optional:            true,
			},
			"defer_until": schema.DynamicAttribute{
				MarkdownDescription: "Any value. While it is unknown no token is made, so a value that only the apply will know, such as the `id` of a resource that is yet to be made, puts the token off to the apply.",
				Optional:            true,
			},
			"id":    schema.Int64Attribute{MarkdownDescription: "The authorization's number.", Computed: true},
			"note":  schema.StringAttribute{MarkdownDescription: "The authorization's note.", Computed: true},
			"token": schema.StringAttribute{MarkdownDescription: "The token.", Computed: true, Sensitive: true},
			"token_last_eight": schema.StringAttribute{
				MarkdownDescription: "The last eight characters of the token.",
				Computed:            true,
			},
			"hashed_token": schema.StringAttribute{
				MarkdownDescription: "The SHA-256 of the token in hexadecimal.",
				Computed:            true,
			},
		},
	}
}

func (r *authorizationEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	r.client = clientFrom(req.ProviderData, &resp.Diagnostics)
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
			"Making a token for an OAuth app takes the app's secret: set client_secret.")
	}
}

func (r *authorizationEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model authorizationEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	a := r.client.leases.open(ctx, r.client.Client, model.request(), &resp.Diagnostics)
	if a == nil {
		return
	}
	model.set(a)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, idKey, []byte(strconv.FormatInt(a.ID, 10)))...)
	if resp.Diagnostics.HasError() { // then the CLI does not close it
		resp.Diagnostics.Append(r.client.leases.close(ctx, r.client.Client, a.ID)...)
	}
}

func (r *authorizationEphemeral) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	content, diags := req.Private.GetKey(ctx, idKey)
	resp.Diagnostics.Append(diags...)
	id, err := strconv.ParseInt(string(content), 10, 64)
	if err != nil {
		resp.Diagnostics.AddError("Unable to close ephemeral authorization", "The CLI did not keep its number: "+err.Error())
		return
	}
	resp.Diagnostics.Append(r.client.leases.close(ctx, r.client.Client, id)...)
}

// request returns the body that makes the authorization, under a note and for a
// fingerprint that no other run has.
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

// openErrors are the apiErrors of an Open. What exists already can only be the
// fingerprint: the note is the provider's.
func openErrors(err error) diag.Diagnostics {
	const action = "open ephemeral authorization"
	if refusal, ok := errors.AsType[*ghes.Error](err); ok && refusal.Is(ghes.ErrAlreadyExists) {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("fingerprint"), "Unable to "+action, detail(refusal, refusal.Error(),
			"The user has an authorization for this app and fingerprint, perhaps that of a run which is under way. Leave fingerprint out, and every run has its own."))}
	}
	attributes := maps.Clone(attributeOf)
	attributes["description"], attributes["note"] = "note_prefix", "note_prefix"
	return apiErrorsOn(attributes, action, err)
}
