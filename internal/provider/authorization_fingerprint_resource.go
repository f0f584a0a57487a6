package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

var _ resource.ResourceWithImportState = (*authorizationFingerprintResource)(nil)

// authorizationFingerprintResource differs from authorizationResource in how it
// creates: it gets or creates the authorization for an app and a fingerprint.
type authorizationFingerprintResource struct{ authorizationResource }

func newAuthorizationFingerprintResource() resource.Resource {
	return &authorizationFingerprintResource{authorizationResource{onExisting: onExistingAdopt, fingerprintReplaces: true}}
}

func (r *authorizationFingerprintResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_authorization_fingerprint"
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *authorizationFingerprintResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := authorizationAttributes()
	attributes["note"] = schema.StringAttribute{
		MarkdownDescription: "Note that says what the token is for. A change updates it in place.",
		Optional:            true,
		Computed:            true,
	}
	attributes["client_id"] = schema.StringAttribute{
		MarkdownDescription: "Client ID of the OAuth app that the token is for. At most 20 characters. Must not be `.` or `..` or contain a `/`. A change replaces the authorization.",
		Required:            true,
		Validators:          []validator.String{pathElement{}, stringvalidator.UTF8LengthAtMost(maxClientID)},
	}
	attributes["fingerprint"] = schema.StringAttribute{
		MarkdownDescription: "Fingerprint, which distinguishes the tokens of one app and user. Must not be empty, `.` or `..`, or contain a `/`. A change replaces the authorization.",
		Required:            true,
		Validators:          []validator.String{pathElement{}},
	}
	attributes["on_existing"] = onExistingAttribute(r.onExisting)
	resp.Schema = schema.Schema{
		MarkdownDescription: "An OAuth app token with a fingerprint, for example one token for each machine. The provider creates the token for this app and fingerprint, or adopts the existing one. An existing token cannot be retrieved, so `token` is then null.",
		Attributes:          attributes,
	}
}

func (r *authorizationFingerprintResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	createAuthorization(ctx, r.session, getOrCreateByPut, req, resp)
}

func (r *authorizationFingerprintResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	text := r.session.idToImport(ctx, req, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	a, err := r.find(ctx, text)
	switch {
	case errors.Is(err, errNotImportable):
		resp.Diagnostics.AddError("Unable to import authorization",
			fmt.Sprintf("%s is neither an ID nor CLIENT_ID/FINGERPRINT. Import an authorization by its ID, such as 123, or by the client ID and the fingerprint.", r.session.quoted(text)))
	case err != nil && !errors.Is(err, ghes.ErrNotFound):
		resp.Diagnostics.Append(apiErrors("import authorization", err)...)
	case a == nil:
		resp.Diagnostics.AddError("Unable to import authorization", fmt.Sprintf("%s has no authorization %s. Check the ID or CLIENT_ID/FINGERPRINT, and base_url and username in the provider block.", r.session.account, r.session.quoted(text)))
	case a.ClientID() == "" || a.Fingerprint == "":
		// The first plan would replace it, and the apply would revoke its token.
		resp.Diagnostics.AddError("Unable to import authorization",
			fmt.Sprintf("Authorization %d has no OAuth app or no fingerprint. Import it into ghes_authorization.", a.ID))
	case !ghes.IsPathElement(a.Fingerprint):
		resp.Diagnostics.AddError("Unable to import authorization", fmt.Sprintf(
			"Authorization %d has the fingerprint %s, which cannot be part of a path. Import it into ghes_authorization.", a.ID, r.session.quoted(a.Fingerprint)))
	default:
		r.session.setImported(ctx, a.ID, resp)
	}
}

var errNotImportable = errors.New("neither an ID nor CLIENT_ID/FINGERPRINT")

// find returns the authorization with an ID, or for CLIENT_ID/FINGERPRINT, or nil.
func (r *authorizationFingerprintResource) find(ctx context.Context, text string) (*ghes.Authorization, error) {
	if id, ok := parseImportID(text); ok {
		return r.session.RefreshAuthorization(ctx, id)
	}
	clientID, fingerprint, _ := strings.Cut(text, "/")
	if !ghes.IsPathElement(clientID) || !ghes.IsPathElement(fingerprint) {
		return nil, errNotImportable
	}
	return r.session.FindAuthorization(ctx, clientID, func(a ghes.Authorization) bool {
		return a.ClientID() == clientID && sameText(a.Fingerprint, fingerprint)
	})
}

// MoveState supports ghes_authorization, whose state shows whether the authorization has
// an app and a fingerprint. Without them the first plan would replace it.
func (r *authorizationFingerprintResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{authorizationMover("ghes_authorization", func(m authorizationModel) (diags diag.Diagnostics) {
		if !ghes.IsPathElement(m.ClientID.ValueString()) || !ghes.IsPathElement(m.Fingerprint.ValueString()) {
			diags.AddError("Unable to move authorization", fmt.Sprintf(
				"Authorization %d has no OAuth app, or no fingerprint that can be part of a path. So ghes_authorization_fingerprint cannot manage it. "+
					"Restore the block of ghes_authorization, and remove the moved block and the new resource block. If you remove only the moved block, the next apply revokes the token.", m.ID.ValueInt64()))
		}
		return diags
	})}
}

// pathElement refuses a value that cannot be part of the path of a request.
type pathElement struct{}

func (pathElement) Description(context.Context) string {
	return "must not be empty, . or .., or contain a /"
}

func (v pathElement) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (pathElement) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !isKnown(req.ConfigValue) || ghes.IsPathElement(req.ConfigValue.ValueString()) {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid URL path element",
		fmt.Sprintf("%s cannot be part of the URL of a request. Set a value that is not empty, \".\" or \"..\", and that contains no \"/\".", quote(&redact.Secrets{}, req.ConfigValue.ValueString())))
}
