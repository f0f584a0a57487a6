package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var _ datasource.DataSourceWithConfigure = (*grantsDataSource)(nil)

type grantsDataSource struct{ session *session }

func newGrantsDataSource() datasource.DataSource { return &grantsDataSource{} }

type grantsDataSourceModel struct {
	ClientID types.String `tfsdk:"client_id"`
	Grants   []grantItem  `tfsdk:"grants"`
}

// grantItem is a grant in a data source.
type grantItem struct {
	ID        types.Int64  `tfsdk:"id"`
	URL       types.String `tfsdk:"url"`
	App       types.Object `tfsdk:"app"`
	CreatedAt types.String `tfsdk:"created_at"`
	UpdatedAt types.String `tfsdk:"updated_at"`
	Scopes    types.Set    `tfsdk:"scopes"`
}

var grantItemTypes = map[string]attr.Type{
	"id":         types.Int64Type,
	"url":        types.StringType,
	"app":        types.ObjectType{AttrTypes: appTypes},
	"created_at": types.StringType,
	"updated_at": types.StringType,
	"scopes":     types.SetType{ElemType: types.StringType},
}

func (d *grantsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_grants"
}

func (d *grantsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The user's grants, one for each OAuth app that may act for the user.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Client ID of an OAuth app. Matches only the grant to this app, which may be none. Default: none, which matches all grants.",
				Optional:            true,
			},
			// A list of objects, not of nested attributes, for the reason of appAttribute.
			"grants": schema.ListAttribute{
				MarkdownDescription: "Grants in order of ID.",
				ElementType:         types.ObjectType{AttrTypes: grantItemTypes},
				Computed:            true,
			},
		},
	}
}

func (d *grantsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *grantsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model grantsDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	all, err := d.session.ListGrants(ctx, model.ClientID.ValueString())
	if err != nil {
		resp.Diagnostics.Append(apiErrors("read grants", err)...)
		return
	}
	model.Grants = []grantItem{}
	for _, g := range all {
		// Servers before GHES 3.0 ignore the client ID in the request.
		if !isSet(model.ClientID) || g.App.ClientID == model.ClientID.ValueString() {
			model.Grants = append(model.Grants, newGrantItem(&g))
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func newGrantItem(g *ghes.Grant) grantItem {
	return grantItem{
		ID:        types.Int64Value(g.ID),
		URL:       stringOrNull(g.URL),
		App:       appObject(g.App),
		CreatedAt: timeOrNull(g.CreatedAt),
		UpdatedAt: timeOrNull(g.UpdatedAt),
		Scopes:    stringSet(g.Scopes),
	}
}
