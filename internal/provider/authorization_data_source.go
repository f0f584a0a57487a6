package provider

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var (
	_ datasource.DataSourceWithConfigure      = (*authorizationDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*authorizationDataSource)(nil)
)

type authorizationDataSource struct{ session *session }

func newAuthorizationDataSource() datasource.DataSource { return &authorizationDataSource{} }

func (d *authorizationDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_authorization"
}

func (d *authorizationDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = authorizationItemSchema()
}

// authorizationItemSchema has the attributes of authorizationItem. It is the schema of
// one authorization, and its type is that of the elements of a list.
func authorizationItemSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "One personal access token or OAuth app token of the user, without the token itself. Select it by `id`, by `note`, or by `client_id` with `fingerprint`. The result must be exactly one authorization: none or several are an error.",
		Attributes: map[string]schema.Attribute{
			"id": schema.Int64Attribute{
				MarkdownDescription: "ID of the authorization. Must be at least 1.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"note": schema.StringAttribute{
				MarkdownDescription: "Note, which must match exactly. Selects among personal access tokens and OAuth app tokens.",
				Optional:            true,
				Computed:            true,
			},
			"note_url": computedString("URL with more information about the purpose of the token."),
			"scopes": schema.SetAttribute{
				MarkdownDescription: "Scopes of the token, as the server returns them.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"fingerprint": schema.StringAttribute{
				MarkdownDescription: "Fingerprint, which distinguishes the tokens of one app and user. Requires `client_id`.",
				Optional:            true,
				Computed:            true,
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Client ID of the OAuth app that the token is for. Requires `fingerprint`. Null for a personal access token.",
				Optional:            true,
				Computed:            true,
			},
			"app": schema.ObjectAttribute{
				MarkdownDescription: "OAuth app that the token is for: its `name`, `url` and `client_id`. For a personal access token, `name` and `url` follow `note` and `note_url`, and `client_id` is all zeros.",
				AttributeTypes:      appTypes,
				Computed:            true,
			},
			"url":              computedString("URL of the authorization in the API."),
			"token_last_eight": computedString("Last eight characters of the token."),
			"hashed_token":     computedString("SHA-256 of the token in hexadecimal."),
			"created_at":       computedString("Time at which the authorization was created (RFC 3339)."),
			"updated_at":       computedString("Time of the last change to the authorization (RFC 3339)."),
			"expires_at":       computedString("Time at which the token expires (RFC 3339). Null if it does not expire."),
		},
	}
}

func computedString(description string) schema.Attribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}

func (d *authorizationDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *authorizationDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var config authorizationItem
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validateSelectors(&resp.Diagnostics)
	}
}

func (d *authorizationDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config authorizationItem
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	a := d.find(ctx, config, &resp.Diagnostics)
	if a == nil {
		return
	}
	item := newAuthorizationItem(a)
	resp.Diagnostics.Append(resp.State.Set(ctx, &item)...)
}

// find returns the authorization that config selects, or nil after an error.
func (d *authorizationDataSource) find(ctx context.Context, config authorizationItem, diags *diag.Diagnostics) *ghes.Authorization {
	if !config.ID.IsNull() {
		// Not RefreshAuthorization: the data source may depend on a change that was made since
		// the list was read.
		a, err := d.session.GetAuthorization(ctx, config.ID.ValueInt64())
		switch {
		case errors.Is(err, ghes.ErrNotFound):
			diags.Append(noSuchIDError("authorization", config.ID.ValueInt64(), err))
		case err != nil:
			diags.Append(apiErrors("read authorization", err)...)
		}
		return a
	}
	all, err := d.session.ListAuthorizations(ctx, config.ClientID.ValueString())
	if err != nil {
		diags.Append(apiErrors("read authorization", err)...)
		return nil
	}
	attribute, description, selects := config.selection(d.session)
	var found *ghes.Authorization
	var ids []string
	for _, a := range all {
		if selects(&a) {
			found, ids = &a, append(ids, strconv.FormatInt(a.ID, 10))
		}
	}
	if len(ids) != 1 {
		diags.Append(notOneError("authorization", attribute, description, ids))
		return nil
	}
	return found
}

// validateSelectors checks that configuration m selects one authorization at most.
func (m *authorizationItem) validateSelectors(diags *diag.Diagnostics) {
	app := selectorOf("client_id", m.ClientID)
	if !app.set {
		app = selectorOf("fingerprint", m.Fingerprint)
	}
	one := exactlyOne("id, note, or client_id with fingerprint", diags, selectorOf("id", m.ID), selectorOf("note", m.Note), app)
	switch {
	case !one:
	case isSet(m.ClientID) && isAbsent(m.Fingerprint):
		diags.AddAttributeError(path.Root("client_id"), "Missing fingerprint",
			"client_id selects one authorization only together with fingerprint. Set fingerprint as well. To read all authorizations of an app, use the data source ghes_authorizations.")
	case isSet(m.Fingerprint) && isAbsent(m.ClientID):
		diags.AddAttributeError(path.Root("fingerprint"), "Missing client_id",
			"fingerprint selects one authorization only together with client_id. Set client_id of the OAuth app as well.")
	}
}

// selection returns the attribute that selects from a list, a description of the
// selected authorization for errors, and a function that recognizes it.
func (m *authorizationItem) selection(s *session) (attribute, description string, selects func(*ghes.Authorization) bool) {
	if note := m.Note.ValueString(); note != "" {
		return "note", "with the note " + s.quoted(note), func(a *ghes.Authorization) bool { return sameText(a.Note, note) }
	}
	clientID, fingerprint := m.ClientID.ValueString(), m.Fingerprint.ValueString()
	return "client_id", fmt.Sprintf("for the app %s with the fingerprint %s", s.quoted(clientID), s.quoted(fingerprint)),
		// Servers before GHES 3.0 ignore the client ID in the request.
		func(a *ghes.Authorization) bool {
			return a.ClientID() == clientID && sameText(a.Fingerprint, fingerprint)
		}
}
