package provider

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var (
	_ resource.ResourceWithConfigure      = (*authorizationResource)(nil)
	_ resource.ResourceWithValidateConfig = (*authorizationResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*authorizationResource)(nil)
	_ resource.ResourceWithImportState    = (*authorizationResource)(nil)
	_ resource.ResourceWithIdentity       = (*authorizationResource)(nil)
	_ resource.ResourceWithMoveState      = (*authorizationResource)(nil)
)

type authorizationResource struct {
	client     *runClient
	onExisting string // its default
}

func newAuthorizationResource() resource.Resource {
	return &authorizationResource{onExisting: onExistingFail}
}

func (r *authorizationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_authorization"
}

func (r *authorizationResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An authorization of the user: a personal access token or, with `client_id`, a token for an OAuth app.",
		Attributes:          authorizationAttributes(),
	}
}

func (r *authorizationResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.client = clientFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *authorizationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config authorizationModel
	resp.Diagnostics.Append(config.get(ctx, req.Config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validateSecrets(&resp.Diagnostics)
	config.validateNotes(&resp.Diagnostics)
}

func (r *authorizationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	if req.State.Raw.IsNull() {
		var plan, config authorizationModel
		resp.Diagnostics.Append(plan.get(ctx, req.Plan)...)
		resp.Diagnostics.Append(config.get(ctx, req.Config)...)
		if resp.Diagnostics.HasError() {
			return
		}
		config.validateCreate(ctx, r.client.now(), &resp.Diagnostics)
		config.warnUnlessEphemeral(r.client.cli, &resp.Diagnostics)
		plan.foreseeNew(config)
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
		return
	}
	var state authorizationModel
	resp.Diagnostics.Append(state.get(ctx, req.State)...)
	plan, config := state, state
	steady := req.Plan.Raw.Equal(req.State.Raw) // as most of many resources are
	if !steady {
		resp.Diagnostics.Append(plan.get(ctx, req.Plan)...)
	}
	resp.Diagnostics.Append(config.get(ctx, req.Config)...)
	record := recordIn(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.isUnread() {
		resp.Diagnostics.Append(unreadError(state.ID.ValueInt64()))
		return
	}
	if !plan.EncryptToken.Equal(state.EncryptToken) {
		plan.encrypter(ctx, r.client.now(), &resp.Diagnostics)
	}
	plan.foresee(config, state, &resp.Diagnostics)
	resp.RequiresReplace.Append(plan.replacements(state, record)...)
	if state.wasReset(record) {
		resp.Diagnostics.Append(state.resetWarning())
		resp.RequiresReplace.Append(path.Root("hashed_token"))
		plan.HashedToken = types.StringUnknown()
	}
	if plan.rotates(r.client.refreshedAt(state.ID.ValueInt64()), &resp.Diagnostics) {
		resp.RequiresReplace.Append(path.Root("rotate_at"))
		plan.RotateAt = types.StringUnknown()
	}
	if len(resp.RequiresReplace) > 0 {
		plan.warnOfAdoption(state, r.onExisting, &resp.Diagnostics)
	}
	if !steady || !reflect.DeepEqual(plan, state) {
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	}
}

func (r *authorizationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	createAuthorization(ctx, r.client, obtainByPost, req, resp)
}

func (r *authorizationResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var model authorizationModel
	resp.Diagnostics.Append(model.get(ctx, req.State)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// What is gone has one, too: states that are older than identities have none.
	resp.Diagnostics.Append(identify(ctx, resp.Identity, model.ID)...)
	r.client.Secrets().Add(model.secrets()...)
	record := recordIn(ctx, req.Private, &resp.Diagnostics)
	a, err := r.client.GetAuthorization(ctx, model.ID.ValueInt64())
	if errors.Is(err, ghes.ErrNotFound) {
		if record.differs(r.client.owner) {
			resp.Diagnostics.Append(notFoundError(model.ID.ValueInt64(), record.owner, r.client.owner))
			return
		}
		resp.Diagnostics.AddWarning(fmt.Sprintf("Authorization %d is gone", model.ID.ValueInt64()), model.gone())
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(apiErrors("read authorization", err)...)
		return
	}
	if model.isStranger(a) {
		resp.Diagnostics.Append(strangerError(&model, a, record.owner, r.client.owner))
		return
	}
	before := model
	model.setArguments(a)
	model.setComputed(a)
	if before.isUnread() && model.wasReset(record) {
		resp.Diagnostics.Append(model.dropMovedToken())
	}
	r.client.refreshed(a.ID)
	record.owner = r.client.owner
	record.save(ctx, resp.Private, &resp.Diagnostics)
	if !reflect.DeepEqual(model, before) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	}
}

func (r *authorizationResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var model, state authorizationModel
	resp.Diagnostics.Append(model.get(ctx, req.Plan)...)
	resp.Diagnostics.Append(state.get(ctx, req.State)...)
	r.checkOwner(ctx, "update authorization", state.ID.ValueInt64(), req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.client.Secrets().Add(state.secrets()...)
	model.makeNote()
	update := model.update(state)
	if update == (ghes.AuthorizationUpdate{}) {
		model.App, model.UpdatedAt = state.App, state.UpdatedAt
	} else {
		r.client.change(model.ID.ValueInt64())
		a, err := r.client.UpdateAuthorization(ctx, model.ID.ValueInt64(), update)
		if err != nil {
			resp.Diagnostics.Append(apiErrors("update authorization", err)...)
			return
		}
		if state.isStranger(a) {
			resp.Diagnostics.Append(changedStrangerError(&state, a))
			return
		}
		model.setUpdated(a)
		model.warnUnlessStored(a, &state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(identify(ctx, resp.Identity, model.ID)...)
}

func (r *authorizationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var model authorizationModel
	resp.Diagnostics.Append(model.get(ctx, req.State)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.client.Secrets().Add(model.secrets()...)
	r.checkOwner(ctx, "delete authorization", model.ID.ValueInt64(), req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.client.isTaken(model.ID.ValueInt64()) {
		resp.Diagnostics.AddWarning(fmt.Sprintf("Authorization %d was not deleted", model.ID.ValueInt64()),
			"With create_before_destroy its replacement has adopted it in this run, so it is still in use. To get a new token set on_existing to \"replace\".")
		return
	}
	err := r.client.DeleteAuthorization(ctx, model.ID.ValueInt64())
	if err != nil && !errors.Is(err, ghes.ErrNotFound) {
		resp.Diagnostics.Append(apiErrors("delete authorization", err)...)
	}
}

// checkOwner keeps a saved plan, and one without a refresh, from another server's
// authorization that has the number.
func (r *authorizationResource) checkOwner(ctx context.Context, action string, id int64, private privateState, diags *diag.Diagnostics) {
	if recorded := recordIn(ctx, private, diags).owner; recorded.differs(r.client.owner) {
		diags.Append(ownerError(action, fmt.Sprintf("Authorization %d is", id), recorded, r.client.owner))
	}
}

func (r *authorizationResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	text := importID(ctx, req, &resp.Diagnostics)
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		resp.Diagnostics.AddError("Unable to import authorization",
			fmt.Sprintf("An authorization is imported by its number, such as 123, not by %q. The list of the API, GET /authorizations, shows the numbers.", text))
		return
	}
	setImported(ctx, id, resp)
}
