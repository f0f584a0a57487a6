package provider

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var (
	_ resource.ResourceWithConfigure       = (*authorizationResource)(nil)
	_ resource.ResourceWithValidateConfig  = (*authorizationResource)(nil)
	_ resource.ResourceWithModifyPlan      = (*authorizationResource)(nil)
	_ resource.ResourceWithImportState     = (*authorizationResource)(nil)
	_ resource.ResourceWithUpgradeIdentity = (*authorizationResource)(nil)
	_ resource.ResourceWithMoveState       = (*authorizationResource)(nil)
)

type authorizationResource struct {
	session             *session
	onExisting          string // the default of on_existing
	fingerprintReplaces bool   // a change of the fingerprint replaces the authorization
}

func newAuthorizationResource() resource.Resource {
	return &authorizationResource{onExisting: onExistingFail}
}

func (r *authorizationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_authorization"
	resp.ResourceBehavior.MutableIdentity = true // a server may get another name
}

func (r *authorizationResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A personal access token (PAT) or, with `client_id`, an OAuth app token. The API calls both an authorization.",
		Attributes:          authorizationAttributes(),
	}
}

func (r *authorizationResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *authorizationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config authorizationModel
	resp.Diagnostics.Append(config.get(ctx, req.Config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validateSecrets(&resp.Diagnostics)
	config.validateNotes(&resp.Diagnostics)
	config.encrypter(ctx, time.Time{}, &resp.Diagnostics)
}

func (r *authorizationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	createAuthorization(ctx, r.session, createByPost, req, resp)
}

// readState returns the state of an authorization. It adds an error for a state
// without a valid ID. The server would respond to such an ID with 404, which means that
// the authorization was deleted.
func readState(ctx context.Context, from tfsdk.State, diags *diag.Diagnostics) authorizationModel {
	var state authorizationModel
	d := state.get(ctx, from)
	if !d.HasError() && state.ID.ValueInt64() < 1 {
		d.Append(invalidIDError(state.ID))
	}
	diags.Append(d...)
	return state
}

func invalidIDError(id types.Int64) diag.Diagnostic {
	value := "null"
	if !id.IsNull() {
		value = strconv.FormatInt(id.ValueInt64(), 10)
	}
	return diag.NewErrorDiagnostic("Invalid authorization ID in state", fmt.Sprintf(
		"The state of this resource has the authorization ID %s. Valid IDs begin with 1, so the state was probably edited or damaged. Nothing was sent.\n\n"+
			"Remove the resource from state with terraform state rm ADDRESS. Find the ID of the authorization with GET /authorizations. Then import it with terraform import ADDRESS ID.", value))
}

func (r *authorizationResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	model := readState(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	// Before anything returns, since a deleted authorization also needs an identity:
	// a state that is older than identities has none.
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, model.ID, r.session.account)...)
	r.session.Secrets().Add(model.secrets()...)
	data := loadPrivate[privateData](ctx, req.Private, &resp.Diagnostics)
	a := r.session.readToken(ctx, &model.tokenModel, data.account, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if a == nil {
		resp.Diagnostics.Append(model.deletedWarning(r.session))
		resp.State.RemoveResource(ctx)
		return
	}
	before := model
	model.setArguments(a)
	model.setComputed(a)
	if before.isUnrefreshed() && model.wasReset(data) {
		resp.Diagnostics.Append(model.dropMovedToken())
	}
	data.account, data.ID = r.session.account, a.ID
	savePrivate(ctx, resp.Private, data, &resp.Diagnostics)
	if !reflect.DeepEqual(model, before) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	}
}

func (r *authorizationResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.session.ledger.stopChecks()
	var model authorizationModel
	resp.Diagnostics.Append(model.get(ctx, req.Plan)...)
	state := readState(ctx, req.State, &resp.Diagnostics)
	data := loadPrivate[privateData](ctx, req.Private, &resp.Diagnostics)
	r.session.checkAccount("update authorization", state.ID.ValueInt64(), data.account, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.session.Secrets().Add(state.secrets()...)
	model.createNote()
	update := model.update(state)
	if update == (ghes.AuthorizationUpdate{}) {
		model.App, model.UpdatedAt = state.App, state.UpdatedAt
	} else {
		a := r.session.updateToken(ctx, &state.tokenModel, update, &resp.Diagnostics)
		if a == nil {
			return
		}
		model.setUpdated(a)
		model.warnUnlessStored(a, &state, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, model.ID, r.session.account)...)
}

func (r *authorizationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	r.session.ledger.stopChecks()
	state := readState(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	id := state.ID.ValueInt64()
	r.session.Secrets().Add(state.secrets()...)
	data := loadPrivate[privateData](ctx, req.Private, &resp.Diagnostics)
	r.session.checkAccount("delete authorization", id, data.account, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	r.session.revokeToken(ctx, "delete authorization", id, &resp.Diagnostics)
}

// checkAccount adds an error if the authorization belongs to another account than
// the provider's. A saved plan and a plan without a refresh do not show that.
func (s *session) checkAccount(action string, id int64, owner account, diags *diag.Diagnostics) {
	if owner.differs(s.account) {
		diags.Append(wrongAccountError(action, fmt.Sprintf("authorization %d", id), owner, s.account))
	}
}

func (r *authorizationResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	text := r.session.idToImport(ctx, req, &resp.Diagnostics)
	id, ok := parseImportID(text)
	if resp.Diagnostics.HasError() {
		return
	}
	if !ok {
		resp.Diagnostics.Append(r.session.importIDError(text))
		return
	}
	r.session.setImported(ctx, id, resp)
}
