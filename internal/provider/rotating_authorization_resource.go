package provider

import (
	"context"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/float64default"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/tokencrypt"
)

var (
	_ resource.ResourceWithConfigure      = (*rotatingAuthorizationResource)(nil)
	_ resource.ResourceWithValidateConfig = (*rotatingAuthorizationResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*rotatingAuthorizationResource)(nil)
	_ resource.ResourceWithImportState    = (*rotatingAuthorizationResource)(nil)
	_ resource.ResourceWithMoveState      = (*rotatingAuthorizationResource)(nil)
)

// rotatingAuthorizationResource is a personal access token that is always valid. A rotation is an
// update in place, which keeps the token before it valid for some days.
type rotatingAuthorizationResource struct{ session *session }

func newRotatingAuthorizationResource() resource.Resource { return &rotatingAuthorizationResource{} }

func (r *rotatingAuthorizationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rotating_authorization"
}

// defaultOverlapDays is the default of overlap_days.
const defaultOverlapDays = 1

// rotatesAtOnce is the part of a description that says what a change of the argument does.
const rotatesAtOnce = "A change rotates at once, but setting it on an imported token does not."

func (r *rotatingAuthorizationResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A personal access token that is always valid, with at most two tokens on the server: a rotation creates a new token and keeps the previous one valid for `overlap_days`.",
		Attributes:          rotatingAttributes(),
	}
}

// rotatingAttributes returns the attributes of ghes_rotating_authorization.
func rotatingAttributes() map[string]schema.Attribute {
	encryptToken := encryptTokenAttribute()
	encryptToken.MarkdownDescription += " " + rotatesAtOnce
	attributes := tokenComputed()
	maps.Copy(attributes, map[string]schema.Attribute{
		"note": schema.StringAttribute{
			MarkdownDescription: "Note of the current token: `note_prefix` and a unique suffix.",
			Computed:            true,
		},
		"note_prefix": schema.StringAttribute{
			MarkdownDescription: "Beginning of the note of each token. A change replaces the resource, which revokes both tokens.",
			Required:            true,
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"note_url": noteURLAttribute(),
		"scopes":   scopesAttribute(),
		"rotate_after_days": schema.Float64Attribute{
			MarkdownDescription: "Age of a token, in days, at which the next plan rotates it. At least 1.",
			Required:            true,
			Validators:          []validator.Float64{float64validator.Between(1, maxDays)},
		},
		"overlap_days": schema.Float64Attribute{
			MarkdownDescription: "Days for which the previous token stays valid after a rotation. Less than `rotate_after_days`. With 0, the next apply revokes it. Default 1.",
			Optional:            true,
			Computed:            true,
			Default:             float64default.StaticFloat64(defaultOverlapDays),
			Validators:          []validator.Float64{float64validator.Between(0, maxDays)},
		},
		"rotate_when_changed": schema.MapAttribute{
			MarkdownDescription: "Any values whose change is to rotate the token. " + rotatesAtOnce,
			Optional:            true,
			ElementType:         types.StringType,
		},
		"store_token":   storeTokenAttribute(rotatesAtOnce),
		"encrypt_token": encryptToken,
		"rotate_at": schema.StringAttribute{
			MarkdownDescription: "Time at which the token is due for rotation: `created_at` and `rotate_after_days` (RFC 3339).",
			Computed:            true,
		},
		"previous": schema.ObjectAttribute{
			MarkdownDescription: "The previous token while it is valid: its `id`, `token_last_eight`, and the time `revoke_at` after which the next plan revokes it (RFC 3339). Null if there is none.",
			Computed:            true,
			AttributeTypes:      previousTypes,
		},
	})
	return attributes
}

func (r *rotatingAuthorizationResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *rotatingAuthorizationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config rotatingModel
	resp.Diagnostics.Append(config.get(ctx, req.Config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validateDays(&resp.Diagnostics)
	config.encrypter(ctx, time.Time{}, &resp.Diagnostics)
}

func (r *rotatingAuthorizationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	r.session.ledger.stopChecks()
	var created rotatingState
	resp.Diagnostics.Append(created.model.get(ctx, req.Plan)...)
	encrypt := r.session.prepareToken(ctx, &created.model.tokenModel, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.createToken(ctx, &created, encrypt, &resp.Diagnostics) {
		created.save(ctx, &resp.State, resp.Private, &resp.Diagnostics)
	}
}

// Update does in three steps what the plan says: it revokes the tokens that the plan does not
// keep, changes those that it keeps, and creates a new one if the plan has no current one.
func (r *rotatingAuthorizationResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.session.ledger.stopChecks()
	state := loadRotatingState(ctx, req.State, req.Private, &resp.Diagnostics)
	plan := rotatingState{data: state.data}
	resp.Diagnostics.Append(plan.model.get(ctx, req.Plan)...)
	plan.previous = plan.model.previous(ctx, &resp.Diagnostics)
	r.session.checkAccount("update authorization", state.id(), state.data.account, &resp.Diagnostics)
	r.session.Secrets().Add(state.model.secrets()...)
	rotates := plan.model.ID.IsUnknown()
	var encrypt tokencrypt.Encrypter
	if rotates {
		encrypt = r.session.prepareToken(ctx, &plan.model.tokenModel, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	done := r.revokeOthers(ctx, &state, plan, &resp.Diagnostics)
	state.save(ctx, &resp.State, resp.Private, &resp.Diagnostics) // in case a later step fails
	done = done && r.changeKept(ctx, state, &plan, &resp.Diagnostics)
	if done && rotates {
		done = r.createToken(ctx, &plan, encrypt, &resp.Diagnostics)
	}
	switch {
	case done:
		plan.completeAfter(state, r.session.now())
		plan.save(ctx, &resp.State, resp.Private, &resp.Diagnostics)
	case rotates:
		resp.Diagnostics.Append(state.notRotatedWarning())
	}
}

// Delete revokes the previous token and then the current one.
func (r *rotatingAuthorizationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	r.session.ledger.stopChecks()
	state := loadRotatingState(ctx, req.State, req.Private, &resp.Diagnostics)
	r.session.checkAccount("delete authorization", state.id(), state.data.account, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.session.Secrets().Add(state.model.secrets()...)
	for _, id := range state.tokenIDs() {
		if err := r.session.revoke(ctx, id); err != nil {
			resp.Diagnostics.Append(apiErrors("delete authorization", err)...)
			return
		}
	}
}

func (r *rotatingAuthorizationResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := parseImportID(req.ID)
	if !ok {
		resp.Diagnostics.Append(r.session.importIDError(req.ID))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
}
