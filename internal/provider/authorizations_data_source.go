package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var _ datasource.DataSourceWithConfigure = (*authorizationsDataSource)(nil)

type authorizationsDataSource struct{ session *session }

func newAuthorizationsDataSource() datasource.DataSource { return &authorizationsDataSource{} }

type authorizationsDataSourceModel struct {
	ClientID       types.String        `tfsdk:"client_id"`
	NotePrefix     types.String        `tfsdk:"note_prefix"`
	Scopes         types.Set           `tfsdk:"scopes"`
	Authorizations []authorizationItem `tfsdk:"authorizations"`
}

// authorizationItem is an authorization in a data source. It has no token, because the
// server shows one only in the response to a create.
type authorizationItem struct {
	ID             types.Int64  `tfsdk:"id"`
	Note           types.String `tfsdk:"note"`
	NoteURL        types.String `tfsdk:"note_url"`
	Scopes         types.Set    `tfsdk:"scopes"`
	Fingerprint    types.String `tfsdk:"fingerprint"`
	ClientID       types.String `tfsdk:"client_id"`
	App            types.Object `tfsdk:"app"`
	URL            types.String `tfsdk:"url"`
	TokenLastEight types.String `tfsdk:"token_last_eight"`
	HashedToken    types.String `tfsdk:"hashed_token"`
	CreatedAt      types.String `tfsdk:"created_at"`
	UpdatedAt      types.String `tfsdk:"updated_at"`
	ExpiresAt      types.String `tfsdk:"expires_at"`
}

func (d *authorizationsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_authorizations"
}

func (d *authorizationsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The personal access tokens and OAuth app tokens of the user that match every filter, without the tokens themselves. Without a filter, all of them.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				MarkdownDescription: clientIDFilter,
				Optional:            true,
			},
			"note_prefix": schema.StringAttribute{
				MarkdownDescription: notePrefixFilter,
				Optional:            true,
			},
			"scopes": schema.SetAttribute{
				MarkdownDescription: scopesFilter,
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.Set{scopeNames{}},
			},
			// A list of objects, not of nested attributes, for the reason of appAttribute.
			"authorizations": schema.ListAttribute{
				MarkdownDescription: "Authorizations in order of ID. Each has the attributes of the data source `ghes_authorization`.",
				ElementType:         authorizationItemSchema().Type(),
				Computed:            true,
			},
		},
	}
}

func (d *authorizationsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *authorizationsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model authorizationsDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	filter := newAuthorizationFilter(model.ClientID, model.NotePrefix, model.Scopes)
	all, err := d.session.SearchAuthorizations(ctx, filter.clientID, 0, filter.matches)
	if err != nil {
		resp.Diagnostics.Append(apiErrors("read authorizations", err)...)
		return
	}
	model.Authorizations = []authorizationItem{}
	for _, a := range all {
		model.Authorizations = append(model.Authorizations, newAuthorizationItem(&a))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func newAuthorizationItem(a *ghes.Authorization) authorizationItem {
	return authorizationItem{
		ID:             types.Int64Value(a.ID),
		Note:           stringOrNull(a.Note),
		NoteURL:        stringOrNull(a.NoteURL),
		Scopes:         stringSet(a.Scopes),
		Fingerprint:    stringOrNull(a.Fingerprint),
		ClientID:       stringOrNull(a.ClientID()),
		App:            appObject(a.App),
		URL:            stringOrNull(a.URL),
		TokenLastEight: stringOrNull(a.TokenLastEight),
		HashedToken:    stringOrNull(a.HashedToken),
		CreatedAt:      timeOrNull(a.CreatedAt),
		UpdatedAt:      timeOrNull(a.UpdatedAt),
		ExpiresAt:      timeOrNull(a.ExpiresAt),
	}
}
