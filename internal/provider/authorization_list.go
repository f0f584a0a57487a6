package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var _ list.ListResourceWithConfigure = (*authorizationList)(nil)

// authorizationList lists the authorizations that can be imported into one of the
// resources.
type authorizationList struct {
	session *session

	suffix      string // of the name of the resource
	description string
	fits        func(ghes.Authorization) bool // reports whether the resource can import it
}

func newAuthorizationList() list.ListResource {
	return &authorizationList{
		suffix:      "_authorization",
		description: "The personal access tokens and OAuth app tokens of the user that match every filter, for `terraform query`. Without a filter, all of them. Requires Terraform 1.14. OpenTofu does not support list resources.",
		fits:        func(ghes.Authorization) bool { return true },
	}
}

func newAuthorizationFingerprintList() list.ListResource {
	return &authorizationList{
		suffix: "_authorization_fingerprint",
		description: "The OAuth app tokens of the user that have a fingerprint and match every filter, for `terraform query`. Without a filter, all of them. Requires Terraform 1.14. OpenTofu does not support list resources. " +
			"The list resource `ghes_authorization` returns these tokens as well. Import each token into one resource only.",
		fits: func(a ghes.Authorization) bool {
			return ghes.IsPathElement(a.ClientID()) && ghes.IsPathElement(a.Fingerprint)
		},
	}
}

type authorizationListModel struct {
	ClientID   types.String `tfsdk:"client_id"`
	NotePrefix types.String `tfsdk:"note_prefix"`
	Scopes     types.List   `tfsdk:"scopes"`
}

func (l *authorizationList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + l.suffix
}

func (l *authorizationList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: l.description,
		Attributes: map[string]schema.Attribute{
			"client_id":   schema.StringAttribute{MarkdownDescription: clientIDFilter, Optional: true},
			"note_prefix": schema.StringAttribute{MarkdownDescription: notePrefixFilter, Optional: true},
			"scopes": schema.ListAttribute{
				MarkdownDescription: scopesFilter,
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.List{scopeNames{}},
			},
		},
	}
}

func (l *authorizationList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (l *authorizationList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	all, diags := l.search(ctx, req)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		for _, a := range all {
			if !push(l.result(ctx, req, &a)) {
				return
			}
		}
	}
}

func (l *authorizationList) search(ctx context.Context, req list.ListRequest) ([]ghes.Authorization, diag.Diagnostics) {
	if !req.Config.Raw.IsFullyKnown() { // an unknown filter would match everything
		return nil, diag.Diagnostics{diag.NewErrorDiagnostic("Unable to list authorizations",
			"A filter is only known after an apply. Set it to a known value.")}
	}
	var model authorizationListModel
	if !req.Config.Raw.IsNull() { // it is null without a config block
		if diags := req.Config.Get(ctx, &model); diags.HasError() {
			return nil, diags
		}
	}
	filter := newAuthorizationFilter(model.ClientID, model.NotePrefix, model.Scopes)
	all, err := l.session.SearchAuthorizations(ctx, filter.clientID, req.Limit, func(a ghes.Authorization) bool {
		return l.fits(a) && filter.matches(a)
	})
	if err != nil {
		return nil, apiErrors("list authorizations", err)
	}
	return all, nil
}

func (l *authorizationList) result(ctx context.Context, req list.ListRequest, a *ghes.Authorization) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = l.session.displayName(a)
	result.Diagnostics.Append(setIdentity(ctx, result.Identity, types.Int64Value(a.ID), l.session.account)...)
	if req.IncludeResource {
		result.Diagnostics.Append(setListed(ctx, a, result.Resource)...)
	}
	return result
}

// setListed sets a resource to what it has after an import.
func setListed(ctx context.Context, a *ghes.Authorization, resource *tfsdk.Resource) diag.Diagnostics {
	var model authorizationModel
	diags := resource.SetAttribute(ctx, path.Root("id"), a.ID)
	diags.Append(model.get(ctx, resource)...)
	if diags.HasError() {
		return diags
	}
	model.setArguments(a)
	model.setComputed(a)
	diags.Append(resource.Set(ctx, &model)...)
	return diags
}

// displayName returns how the user recognizes an authorization: its note, and for an
// app's token also the app and the fingerprint. It is one line, whatever the server has
// stored.
func (s *session) displayName(a *ghes.Authorization) string {
	names := []string{a.Note}
	if a.ClientID() != "" {
		names = append(names, cmp.Or(a.App.Name, a.ClientID()), a.Fingerprint)
	}
	for i, name := range names {
		names[i] = s.Secrets().Sanitize(name, maxQuoted)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	return cmp.Or(strings.Join(names, ", "), fmt.Sprintf("authorization %d", a.ID))
}
