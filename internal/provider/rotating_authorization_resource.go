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

// rotatingAuthorizationResource manages a personal access token that is always valid. A rotation is an
// update in place, which keeps the previous token valid for some days.
type rotatingAuthorizationResource struct{ session *session }

func newRotatingAuthorizationResource() resource.Resource { return &rotatingAuthorizationResource{} }

func (r *rotatingAuthorizationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rotating_authorization"
}

const (
	minRotateAfterDays = 1
	defaultOverlapDays = 1
)

// rotatesUnlessImported is the part of a description that says what keepsTokenSettings does.
const rotatesUnlessImported = "A change rotates the token immediately, except before the first rotation of an imported token."

func (r *rotatingAuthorizationResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A personal access token (PAT) that the provider rotates in place. A rotation creates a new token and keeps the previous one valid for `overlap_days`, so at most two tokens are valid.",
		Attributes:          rotatingAttributes(),
	}
}

// rotatingAttributes returns the attributes of ghes_rotating_authorization.
func rotatingAttributes() map[string]schema.Attribute {
	encryptToken := encryptTokenAttribute()
	encryptToken.MarkdownDescription += " " + rotatesUnlessImported
	attributes := tokenComputed()
	maps.Copy(attributes, map[string]schema.Attribute{
		"note": schema.StringAttribute{
			MarkdownDescription: "Note of the current token: `note_prefix` and a unique suffix.",
			Computed:            true,
		},
		"note_prefix": schema.StringAttribute{
			MarkdownDescription: "Prefix of the note of each token. Must not be empty. A change replaces the resource, **which revokes both tokens**.",
			Required:            true,
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"note_url": noteURLAttribute(),
		"scopes":   scopesAttribute(),
		"rotate_after_days": schema.Float64Attribute{
			MarkdownDescription: "Age in days at which the next plan rotates the token. From 1 to 100000, fractions allowed.",
			Required:            true,
			Validators:          []validator.Float64{float64validator.Between(minRotateAfterDays, maxDays)},
		},
		"overlap_days": schema.Float64Attribute{
			MarkdownDescription: "Days for which the previous token stays valid after a rotation. From 0 to less than `rotate_after_days`, fractions allowed. Default: `1`. With `0`, the apply after the rotation revokes it.",
			Optional:            true,
			Computed:            true,
			Default:             float64default.StaticFloat64(defaultOverlapDays),
			Validators:          []validator.Float64{float64validator.Between(0, maxDays)},
		},
		"rotate_when_changed": schema.MapAttribute{
			MarkdownDescription: "Map of arbitrary values, also known as keepers or triggers. A change rotates the token immediately. Setting it for the first time on an imported token does not.",
			Optional:            true,
			ElementType:         types.StringType,
		},
		"store_token":   storeTokenAttribute(rotatesUnlessImported),
		"encrypt_token": encryptToken,
		"rotate_at": schema.StringAttribute{
			MarkdownDescription: "Time at which the token is due for rotation: `created_at` plus `rotate_after_days` (RFC 3339).",
			Computed:            true,
		},
		"previous": schema.ObjectAttribute{
			MarkdownDescription: "Previous token while it is valid: its `id`, its `token_last_eight`, and `revoke_at`, the time after which the next plan revokes it (RFC 3339). Null if there is none.",
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
	plan := loadPlan(ctx, req.Plan, &resp.Diagnostics)
	encrypt := r.session.prepareToken(ctx, &plan.model.tokenModel, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.model.createNote()
	if r.createToken(ctx, &plan, encrypt, &resp.Diagnostics) {
		plan.save(ctx, &resp.State, resp.Private, &resp.Diagnostics)
	}
}

// Update revokes the tokens that the plan does not keep, and changes those that it keeps. It creates a new
// one if the plan has no current one.
func (r *rotatingAuthorizationResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.session.ledger.stopChecks()
	state := loadState(ctx, req.State, req.Private, &resp.Diagnostics)
	plan := loadPlan(ctx, req.Plan, &resp.Diagnostics)
	plan.data = state.data
	r.session.checkAccount("update authorization", state.id(), state.data.account, &resp.Diagnostics)
	r.session.Secrets().Add(state.model.secrets()...)
	rotates := plan.rotates()
	var encrypt tokencrypt.Encrypter
	if rotates {
		encrypt = r.session.prepareToken(ctx, &plan.model.tokenModel, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	plan.model.createNote()
	before := state
	var changed []int64
	done := r.revokeUnkept(ctx, &state, plan, &resp.Diagnostics)
	if done {
		changed, done = r.updateKept(ctx, &state, &plan, &resp.Diagnostics)
	}
	state.save(ctx, &resp.State, resp.Private, &resp.Diagnostics) // If a later step fails, the state has what is done.
	if done && rotates {
		done = r.createToken(ctx, &plan, encrypt, &resp.Diagnostics)
	}
	switch {
	case done:
		if rotates && plan.previous.exists() {
			r.session.noteUpdate(plan.previous.ID.ValueInt64()) // so that no action of this run revokes it
		}
		plan.completeAfter(state, r.session.now())
		plan.save(ctx, &resp.State, resp.Private, &resp.Diagnostics)
	case rotates || len(changed) > 0:
		resp.Diagnostics.Append(state.unfinishedWarning(before, changed, rotates))
	}
}

// Delete revokes both tokens.
func (r *rotatingAuthorizationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	r.session.ledger.stopChecks()
	state := loadState(ctx, req.State, req.Private, &resp.Diagnostics)
	r.session.checkAccount("delete authorization", state.id(), state.data.account, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.session.Secrets().Add(state.model.secrets()...)
	for _, id := range state.tokenIDs() {
		if !r.session.revokeToken(ctx, "delete authorization", id, &resp.Diagnostics) {
			state.save(ctx, &resp.State, resp.Private, &resp.Diagnostics)
			return
		}
		state.remove(id)
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
