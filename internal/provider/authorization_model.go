package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

type authorizationModel struct {
	tokenModel
	Fingerprint    types.String `tfsdk:"fingerprint"`
	ClientID       types.String `tfsdk:"client_id"`
	ClientSecret   types.String `tfsdk:"client_secret"`
	ClientSecretWO types.String `tfsdk:"client_secret_wo"`
	OnExisting     types.String `tfsdk:"on_existing"`
	App            types.Object `tfsdk:"app"`
	UpdatedAt      types.String `tfsdk:"updated_at"`
}

func (m *authorizationModel) get(ctx context.Context, from attributeSource) diag.Diagnostics {
	return readModel(ctx, from, m)
}

var appTypes = map[string]attr.Type{
	"name":      types.StringType,
	"url":       types.StringType,
	"client_id": types.StringType,
}

// appAttribute is an object and not a nested attribute, because CLIs of version 1.8
// crash on computed nested attributes when they generate configuration.
func appAttribute() schema.Attribute {
	return schema.ObjectAttribute{
		MarkdownDescription: "OAuth app that the token is for: its `name`, `url` and `client_id`. For a personal access token, `name` and `url` follow `note` and `note_url`, and `client_id` is all zeros.",
		Computed:            true,
		AttributeTypes:      appTypes,
	}
}

// validateSecrets checks the client secrets against the client ID. Its errors point
// at client_id. If they pointed at a secret, the CLI would print the line with it.
func (m *authorizationModel) validateSecrets(diags *diag.Diagnostics) {
	secret, writeOnly := isSet(m.ClientSecret), isSet(m.ClientSecretWO)
	if secret && writeOnly {
		diags.AddAttributeError(path.Root("client_id"), "Conflicting client secrets",
			"Both client_secret and client_secret_wo are set. Remove one of them.")
	}
	if (secret || writeOnly) && isAbsent(m.ClientID) {
		diags.AddAttributeError(path.Root("client_id"), "Client secret without client_id",
			"A client secret belongs to an OAuth app. Set client_id as well, or remove the client secret for a personal access token.")
	}
}

// validateCreate checks that configuration m has what the server requires of a new
// authorization.
func (m *authorizationModel) validateCreate(ctx context.Context, now time.Time, diags *diag.Diagnostics) {
	if isSet(m.ClientID) && isAbsent(m.ClientSecret) && isAbsent(m.ClientSecretWO) {
		diags.AddAttributeError(path.Root("client_id"), "Missing client secret",
			"A token for an OAuth app requires the client secret of the app. Set client_secret or client_secret_wo. An imported authorization needs neither until it is replaced or created again.")
	}
	m.validateNote(diags)
	m.encrypter(ctx, now, diags)
}

// request returns the body of the request that creates the planned authorization.
func (m *authorizationModel) request(writeOnlySecret types.String) ghes.AuthorizationRequest {
	secret := m.ClientSecret.ValueString()
	if isSet(writeOnlySecret) {
		secret = writeOnlySecret.ValueString()
	}
	return ghes.AuthorizationRequest{
		Scopes:       elements(m.Scopes),
		Note:         m.Note.ValueString(),
		NoteURL:      m.NoteURL.ValueString(),
		ClientID:     m.ClientID.ValueString(),
		ClientSecret: secret,
		Fingerprint:  m.Fingerprint.ValueString(),
	}
}

// update returns the body of the request that changes state to plan m. It is empty
// if the server has nothing to change.
func (m *authorizationModel) update(state authorizationModel) ghes.AuthorizationUpdate {
	update := m.tokenModel.update(state.tokenModel)
	if isChanged(m.Fingerprint, state.Fingerprint) && !isAbsent(m.Fingerprint) { // the server cannot clear it
		update.Fingerprint = m.Fingerprint.ValueStringPointer()
	}
	return update
}

// completeCreatePlan completes plan m of a new authorization.
func (m *authorizationModel) completeCreatePlan(config authorizationModel) {
	m.completeNotePlan(config.Note, nil)
	m.completeTokenPlan()
}

// completeUpdatePlan completes plan m of an existing authorization: computed values
// that the update does not change keep the values in state. It adds an error for a
// plan that the server would refuse.
func (m *authorizationModel) completeUpdatePlan(config, state authorizationModel, diags *diag.Diagnostics) {
	m.completeNotePlan(config.Note, &state.tokenModel)
	noteDiffers := isChanged(m.Note, state.Note)
	if noteDiffers {
		config.validateNote(diags)
	}
	m.App, m.UpdatedAt = types.ObjectUnknown(appTypes), types.StringUnknown()
	if isSet(m.ClientID) || !noteDiffers && !isChanged(m.NoteURL, state.NoteURL) {
		m.App = state.App
	}
	if m.update(state) == (ghes.AuthorizationUpdate{}) {
		m.UpdatedAt = state.UpdatedAt
	}
}

// setComputed sets the attributes that the server decides, except the token: only
// the response to a create has it.
func (m *authorizationModel) setComputed(a *ghes.Authorization) {
	m.tokenModel.setComputed(a)
	m.App = appObject(a.App)
	m.UpdatedAt = refreshedTime(m.UpdatedAt, a.UpdatedAt)
}

// setUpdated sets only what the plan of an update left unknown, because an apply may
// not change a planned value. The next refresh sets the others.
func (m *authorizationModel) setUpdated(a *ghes.Authorization) {
	m.UpdatedAt = timeOrNull(a.UpdatedAt)
	if m.App.IsUnknown() {
		m.App = appObject(a.App)
	}
}

func appObject(app ghes.App) types.Object {
	return types.ObjectValueMust(appTypes, map[string]attr.Value{
		"name":      types.StringValue(app.Name),
		"url":       types.StringValue(app.URL),
		"client_id": types.StringValue(app.ClientID),
	})
}

func (m *authorizationModel) setArguments(a *ghes.Authorization) {
	m.tokenModel.setArguments(a)
	setTexts(m.appArguments(a))
}

// textArguments returns the arguments of type string.
func (m *authorizationModel) textArguments(a *ghes.Authorization) []textArgument {
	return append(m.tokenModel.textArguments(a), m.appArguments(a)...)
}

func (m *authorizationModel) appArguments(a *ghes.Authorization) []textArgument {
	return []textArgument{
		{"fingerprint", &m.Fingerprint, a.Fingerprint},
		{"client_id", &m.ClientID, a.ClientID()},
	}
}

// warnUnlessStored is tokenModel.warnUnlessStored for all arguments.
func (m *authorizationModel) warnUnlessStored(a *ghes.Authorization, prior *authorizationModel, diags *diag.Diagnostics) {
	if prior == nil {
		m.tokenModel.warnUnlessStored(a, nil, diags)
		warnUnlessStored(a.ID, m.appArguments(a), nil, diags)
		return
	}
	m.tokenModel.warnUnlessStored(a, &prior.tokenModel, diags)
	warnUnlessStored(a.ID, m.appArguments(a), prior.appArguments(a), diags)
}

// secrets returns the values in m that errors and logs must not contain.
func (m *authorizationModel) secrets() []string {
	return append(m.tokenModel.secrets(), m.ClientSecret.ValueString())
}

// deletedWarning is for an authorization in state that the server no longer has.
func (m *authorizationModel) deletedWarning(s *session) diag.Diagnostic {
	note, app := "", ""
	if isSet(m.Note) {
		note = fmt.Sprintf(" with note %s", s.quoted(m.Note.ValueString()))
	}
	if isSet(m.ClientID) {
		app = " The server itself revokes the oldest token of an app if the user has more than ten with the same scopes."
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("Authorization %d was deleted outside of Terraform", m.ID.ValueInt64()), fmt.Sprintf(
		"The server has no authorization %d%s of %s: it was deleted outside of Terraform, and its token was revoked. The provider removes it from state.%s",
		m.ID.ValueInt64(), note, s.account, app))
}

// unexpectedResponse says what was wrong with the response to the create of a.
func unexpectedResponse(a *ghes.Authorization, err error) string {
	if a.Token == "" {
		return fmt.Sprintf("The response of the server did not contain the token of authorization %d. %s", a.ID, replaceAdvice)
	}
	return fmt.Sprintf("Authorization %d and its token are in the state, but another part of the response was unexpected:\n\n%s", a.ID, err)
}
