package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var (
	_ datasource.DataSourceWithConfigure      = (*grantDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*grantDataSource)(nil)
)

type grantDataSource struct{ session *session }

func newGrantDataSource() datasource.DataSource { return &grantDataSource{} }

type grantDataSourceModel struct {
	grantItem
	ClientID types.String `tfsdk:"client_id"`
}

func (d *grantDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_grant"
}

func (d *grantDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The user's grant to one OAuth app: the permission to act for the user, on which all tokens of the app for the user depend. Select it with exactly one of `id` and `client_id`. A missing grant is an error.",
		Attributes: map[string]schema.Attribute{
			"id": schema.Int64Attribute{
				MarkdownDescription: "ID of the grant. Must be at least 1.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Client ID of the OAuth app.",
				Optional:            true,
				Computed:            true,
			},
			"app": schema.ObjectAttribute{
				MarkdownDescription: "OAuth app: its `name`, `url` and `client_id`.",
				AttributeTypes:      appTypes,
				Computed:            true,
			},
			"url":        computedString("URL of the grant in the API."),
			"created_at": computedString("Time at which the grant was created (RFC 3339)."),
			"updated_at": computedString("Time of the last change to the grant (RFC 3339)."),
			"scopes": schema.SetAttribute{
				MarkdownDescription: "Scopes of all tokens of the app for the user together.",
				ElementType:         types.StringType,
				Computed:            true,
			},
		},
	}
}

func (d *grantDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *grantDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var config grantDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		exactlyOne("id and client_id", &resp.Diagnostics, selectorOf("id", config.ID), selectorOf("client_id", config.ClientID))
	}
}

func (d *grantDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config grantDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	g := d.find(ctx, config, &resp.Diagnostics)
	if g == nil {
		return
	}
	model := grantDataSourceModel{newGrantItem(g), stringOrNull(g.App.ClientID)}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// find returns the grant that config selects, or nil after an error.
func (d *grantDataSource) find(ctx context.Context, config grantDataSourceModel, diags *diag.Diagnostics) *ghes.Grant {
	if !config.ID.IsNull() {
		return d.get(ctx, config.ID.ValueInt64(), diags)
	}
	clientID := config.ClientID.ValueString()
	found, ids, err := d.session.grantsTo(ctx, clientID)
	if err != nil {
		diags.Append(apiErrors("read grant", err)...)
		return nil
	}
	if len(ids) != 1 {
		diags.Append(notOneError("grant", "client_id", "for the app "+d.session.quoted(clientID), ids))
		return nil
	}
	return found
}

func (d *grantDataSource) get(ctx context.Context, id int64, diags *diag.Diagnostics) *ghes.Grant {
	g, err := d.session.findGrant(ctx, id)
	switch {
	case errors.Is(err, ghes.ErrNotFound):
		diags.Append(noSuchIDError("grant", id, err))
	case err != nil:
		diags.Append(apiErrors("read grant", err)...)
	}
	return g
}
