package provider

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var (
	_ resource.ResourceWithConfigure      = (*authorizationResource)(nil)
	_ resource.ResourceWithValidateConfig = (*authorizationResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*authorizationResource)(nil)
	_ resource.ResourceWithImportState    = (*authorizationResource)(nil)
)

type authorizationResource struct{ client *ghes.Client }

func newAuthorizationResource() resource.Resource { return &authorizationResource{} }

func (r *authorizationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_authorization"
}

func (r *authorizationResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	kept := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "An authorization of the user: a personal access token or, with `client_id`, a token for an OAuth app.",
		Attributes: map[string]schema.Attribute{
			"id": schema.Int64Attribute{
				MarkdownDescription: "The authorization's number.",
				Computed:            true,
				PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			},
			"note": schema.StringAttribute{
				MarkdownDescription: "What the token is for. Required without `client_id`, and then unique among the user's personal access tokens.",
				Optional:            true,
			},
			"note_url": schema.StringAttribute{
				MarkdownDescription: "An address with more about what the token is for. Removing it clears it on the server.",
				Optional:            true,
			},
			"scopes": scopesAttribute(),
			"fingerprint": schema.StringAttribute{
				MarkdownDescription: "Tells the tokens of one app and user apart. It is changed in place. Removing it replaces the authorization, and so does a value that is unknown in the plan, since it may be none.",
				Optional:            true,
				PlanModifiers: []planmodifier.String{replaceIf("Removing the fingerprint replaces the authorization.",
					func(state, plan types.String) bool { return isSet(state) && !isSet(plan) })},
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Client ID of the OAuth app that the token is for. A change replaces the authorization.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(20)},
				PlanModifiers: []planmodifier.String{replaceIf("A change of the app replaces the authorization.",
					func(state, plan types.String) bool { return differ(plan, state) })},
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "The OAuth app's client secret. Only creating the authorization needs it: a change of it alone sends nothing. It is kept in the state; `client_secret_wo` is not.",
				Optional:            true,
				Sensitive:           true,
			},
			"client_secret_wo": schema.StringAttribute{
				MarkdownDescription: "The OAuth app's client secret, in neither plan nor state. Needs Terraform or OpenTofu 1.11 or newer; older ones refuse it and print the line that sets it.",
				Optional:            true,
				Sensitive:           true,
				WriteOnly:           true,
			},
			"token": schema.StringAttribute{
				MarkdownDescription: "The token. The server shows it once, when it makes the authorization, so it is null after an import.",
				Computed:            true,
				Sensitive:           true,
				PlanModifiers:       kept,
			},
			"token_last_eight": schema.StringAttribute{
				MarkdownDescription: "The last eight characters of the token.",
				Computed:            true,
				PlanModifiers:       kept,
			},
			"hashed_token": schema.StringAttribute{
				MarkdownDescription: "The SHA-256 of the token in hexadecimal.",
				Computed:            true,
				PlanModifiers:       kept,
			},
			"app": appAttribute(),
			"url": schema.StringAttribute{
				MarkdownDescription: "The authorization's address in the API.",
				Computed:            true,
				PlanModifiers:       kept,
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: "When the authorization was made (RFC 3339).",
				Computed:            true,
				PlanModifiers:       kept,
			},
			"updated_at": schema.StringAttribute{
				MarkdownDescription: "When the authorization was last changed (RFC 3339).",
				Computed:            true,
			},
			"expires_at": schema.StringAttribute{
				MarkdownDescription: "When the token expires (RFC 3339); null where it does not.",
				Computed:            true,
				PlanModifiers:       kept,
			},
		},
	}
}

func (r *authorizationResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.client = clientFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *authorizationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config authorizationModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validateSecrets(&resp.Diagnostics)
	}
}

func (r *authorizationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan, config authorizationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		config.validateCreate(&resp.Diagnostics)
		return
	}
	var state authorizationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.tokenWasReset() {
		resp.Diagnostics.AddWarning("The token was reset outside of Terraform",
			fmt.Sprintf("The server has another token for authorization %d than the state, so the one in the state is no longer valid. "+
				"The server does not show the new one: the authorization has to be replaced to get a token that works.", state.ID.ValueInt64()))
		resp.RequiresReplace.Append(path.Root("token"))
		plan.Token = types.StringUnknown()
	}
	plan.foresee(state, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

func (r *authorizationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var model, config authorizationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	a, err := r.client.CreateAuthorization(ctx, model.request(config.ClientSecretWO))
	if a == nil {
		resp.Diagnostics.Append(apiErrors("create authorization", err)...)
		return
	}
	// The answer holds the only copy of the token: nothing may come between it
	// and the state.
	model.Token = stringOrNull(a.Token)
	if err != nil || a.Token == "" {
		resp.Diagnostics.AddWarning("Authorization was made, but its answer is odd", oddAnswer(a, err))
	}
	model.setComputed(a)
	model.warnUnlessStored(a, nil, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (r *authorizationResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var model authorizationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	a, err := r.client.GetAuthorization(ctx, model.ID.ValueInt64())
	if errors.Is(err, ghes.ErrNotFound) {
		resp.Diagnostics.AddWarning(fmt.Sprintf("Authorization %d is gone", model.ID.ValueInt64()), model.gone())
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(apiErrors("read authorization", err)...)
		return
	}
	model.setArguments(a)
	model.setComputed(a)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (r *authorizationResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var model, state authorizationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	update := model.update(state)
	if update == (ghes.AuthorizationUpdate{}) {
		model.App, model.UpdatedAt = state.App, state.UpdatedAt
	} else {
		a, err := r.client.UpdateAuthorization(ctx, model.ID.ValueInt64(), update)
		if err != nil {
			resp.Diagnostics.Append(apiErrors("update authorization", err)...)
			return
		}
		model.setUpdated(a)
		model.warnUnlessStored(a, &state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (r *authorizationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var model authorizationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	err := r.client.DeleteAuthorization(ctx, model.ID.ValueInt64())
	if err != nil && !errors.Is(err, ghes.ErrNotFound) {
		resp.Diagnostics.Append(apiErrors("delete authorization", err)...)
	}
}

func (r *authorizationResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, err := strconv.ParseInt(req.ID, 10, 64)
	if err != nil || id <= 0 {
		resp.Diagnostics.AddError("Unable to import authorization",
			fmt.Sprintf("An authorization is imported by its number, such as 123, not by %q. The list of the API, GET /authorizations, shows the numbers.", req.ID))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
}
