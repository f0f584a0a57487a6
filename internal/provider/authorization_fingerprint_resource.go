package provider

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var _ resource.ResourceWithImportState = (*authorizationFingerprintResource)(nil)

// authorizationFingerprintResource is an authorization in all but how it comes
// into being: it is asked for by its app and fingerprint.
type authorizationFingerprintResource struct{ authorizationResource }

func newAuthorizationFingerprintResource() resource.Resource {
	return &authorizationFingerprintResource{authorizationResource{onExisting: onExistingAdopt}}
}

func (r *authorizationFingerprintResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_authorization_fingerprint"
}

func (r *authorizationFingerprintResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := authorizationAttributes()
	attributes["note"] = schema.StringAttribute{
		MarkdownDescription: "What the token is for.",
		Optional:            true,
		Computed:            true,
	}
	attributes["client_id"] = schema.StringAttribute{
		MarkdownDescription: "Client ID of the OAuth app that the token is for. A change replaces the authorization.",
		Required:            true,
		Validators:          []validator.String{pathElement{}, stringvalidator.UTF8LengthAtMost(maxClientID)},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
	attributes["fingerprint"] = schema.StringAttribute{
		MarkdownDescription: "Tells the tokens of one app and user apart. A change replaces the authorization. It is part of the address that the token is asked for at, so it cannot be `.` or `..` or have a `/`.",
		Required:            true,
		Validators:          []validator.String{pathElement{}},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
	attributes["on_existing"] = onExistingAttribute(r.onExisting)
	resp.Schema = schema.Schema{
		MarkdownDescription: "The token of an OAuth app for a fingerprint, such as a machine: the one that exists, or else a new one.",
		Attributes:          attributes,
	}
}

func (r *authorizationFingerprintResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	createAuthorization(ctx, r.client, obtainByPut, req, resp)
}

func (r *authorizationFingerprintResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	text := importID(ctx, req, &resp.Diagnostics)
	clientID, fingerprint, byFingerprint := strings.Cut(text, "/")
	id, notANumber := strconv.ParseInt(text, 10, 64)
	var a *ghes.Authorization
	var err error
	switch {
	case byFingerprint && ghes.IsPathElement(clientID) && ghes.IsPathElement(fingerprint):
		a, err = r.client.FindAuthorization(ctx, clientID, func(a ghes.Authorization) bool {
			return a.ClientID() == clientID && a.Fingerprint == fingerprint
		})
	case notANumber == nil && id > 0:
		a, err = r.client.GetAuthorization(ctx, id)
	default:
		resp.Diagnostics.AddError("Unable to import authorization",
			fmt.Sprintf("An authorization is imported by its number, such as 123, or as CLIENT_ID/FINGERPRINT, not by %q.", text))
		return
	}
	switch {
	case err != nil && !errors.Is(err, ghes.ErrNotFound):
		resp.Diagnostics.Append(apiErrors("import authorization", err)...)
	case a == nil:
		resp.Diagnostics.AddError("Unable to import authorization", fmt.Sprintf("The user has no authorization %q.", text))
	case a.ClientID() == "" || a.Fingerprint == "":
		// It would be replaced by the first plan, and its token revoked.
		resp.Diagnostics.AddError("Unable to import authorization",
			fmt.Sprintf("Authorization %d has no app or no fingerprint. Import it into ghes_authorization.", a.ID))
	default:
		setImported(ctx, a.ID, resp)
	}
}

// MoveState offers nothing: unlike an import, a move cannot ask the server whether
// there are an app and a fingerprint, without which the first plan would replace
// the authorization.
func (r *authorizationFingerprintResource) MoveState(context.Context) []resource.StateMover {
	return nil
}

// pathElement refuses what the address of the get-or-create operation cannot
// carry.
type pathElement struct{}

func (pathElement) Description(context.Context) string { return "can be part of a path" }

func (v pathElement) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (pathElement) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !isKnown(req.ConfigValue) || ghes.IsPathElement(req.ConfigValue.ValueString()) {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Not possible in an address",
		fmt.Sprintf("%q cannot be asked for: the server takes it as part of a path, where it must not be empty, \".\" or \"..\", or have a \"/\".", req.ConfigValue.ValueString()))
}
