package provider

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

type authorizationModel struct {
	ID                types.Int64   `tfsdk:"id"`
	Note              types.String  `tfsdk:"note"`
	NotePrefix        types.String  `tfsdk:"note_prefix"`
	NoteURL           types.String  `tfsdk:"note_url"`
	Scopes            types.Set     `tfsdk:"scopes"`
	Fingerprint       types.String  `tfsdk:"fingerprint"`
	ClientID          types.String  `tfsdk:"client_id"`
	ClientSecret      types.String  `tfsdk:"client_secret"`
	ClientSecretWO    types.String  `tfsdk:"client_secret_wo"`
	OnExisting        types.String  `tfsdk:"on_existing"`
	StoreToken        types.Bool    `tfsdk:"store_token"`
	EncryptToken      types.Object  `tfsdk:"encrypt_token"`
	RotateAfterDays   types.Float64 `tfsdk:"rotate_after_days"`
	RotateWhenChanged types.Map     `tfsdk:"rotate_when_changed"`
	Token             types.String  `tfsdk:"token"`
	EncryptedToken    types.String  `tfsdk:"encrypted_token"`
	TokenLastEight    types.String  `tfsdk:"token_last_eight"`
	HashedToken       types.String  `tfsdk:"hashed_token"`
	App               types.Object  `tfsdk:"app"`
	URL               types.String  `tfsdk:"url"`
	CreatedAt         types.String  `tfsdk:"created_at"`
	UpdatedAt         types.String  `tfsdk:"updated_at"`
	ExpiresAt         types.String  `tfsdk:"expires_at"`
	RotateAt          types.String  `tfsdk:"rotate_at"`
}

// get reads m from a state, plan or configuration. It does not use the framework's
// conversion to a struct, which compiles a regular expression per field and call.
func (m *authorizationModel) get(ctx context.Context, from interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}) diag.Diagnostics {
	var object types.Object
	diags := from.Get(ctx, &object)
	if diags.HasError() {
		return diags
	}
	if !isKnown(object) {
		diags.AddError("Unable to read authorization", "There are no attributes. This is a bug in the provider or the CLI; please report it.")
		return diags
	}
	attributes, model := object.Attributes(), reflect.ValueOf(m).Elem()
	for i := range model.NumField() {
		model.Field(i).Set(reflect.ValueOf(attributes[model.Type().Field(i).Tag.Get("tfsdk")]))
	}
	return diags
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
		MarkdownDescription: "The app that the token is for: its `name`, `url` and `client_id`. For a personal access token, name and URL follow `note` and `note_url`, and the client ID is all zeros.",
		Computed:            true,
		AttributeTypes:      appTypes,
	}
}

// validateSecrets checks the client secrets against the client ID. Its errors point
// at client_id. If they pointed at a secret, the CLI would print the line with it.
func (m *authorizationModel) validateSecrets(diags *diag.Diagnostics) {
	secret, writeOnly := isSet(m.ClientSecret), isSet(m.ClientSecretWO)
	if secret && writeOnly {
		diags.AddAttributeError(path.Root("client_id"), "Two client secrets",
			"Set client_secret or client_secret_wo, not both.")
	}
	if (secret || writeOnly) && isAbsent(m.ClientID) {
		diags.AddAttributeError(path.Root("client_id"), "Client secret without client_id",
			"A client secret belongs to an OAuth app. Set client_id as well, or remove the secret for a personal access token.")
	}
}

// validateCreate checks that configuration m has what the server requires of a new
// authorization.
func (m *authorizationModel) validateCreate(ctx context.Context, now time.Time, diags *diag.Diagnostics) {
	if isSet(m.ClientID) && isAbsent(m.ClientSecret) && isAbsent(m.ClientSecretWO) {
		diags.AddAttributeError(path.Root("client_id"), "Missing client secret",
			"Creating a token for an OAuth app takes the app's secret: set client_secret or client_secret_wo. An imported authorization needs neither.")
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
	var update ghes.AuthorizationUpdate
	if !equivalentScopes(m.Scopes, state.Scopes) {
		update.Scopes = new(elements(m.Scopes))
	}
	if isChanged(m.Note, state.Note) {
		update.Note = new(ghes.Clearable(m.Note.ValueString()))
	}
	if isChanged(m.NoteURL, state.NoteURL) {
		update.NoteURL = new(ghes.Clearable(m.NoteURL.ValueString()))
	}
	if isChanged(m.Fingerprint, state.Fingerprint) && !isAbsent(m.Fingerprint) { // the server cannot clear it
		update.Fingerprint = m.Fingerprint.ValueStringPointer()
	}
	return update
}

// completeCreatePlan completes plan m of a new authorization.
func (m *authorizationModel) completeCreatePlan(config authorizationModel) {
	m.completeNotePlan(config, nil)
	m.completeTokenPlan()
	m.setRotateAt()
}

// completeUpdatePlan completes plan m of an existing authorization: computed values
// that the update does not change keep the values in state. It adds an error for a
// plan that the server would refuse.
func (m *authorizationModel) completeUpdatePlan(config, state authorizationModel, diags *diag.Diagnostics) {
	m.completeNotePlan(config, &state)
	m.setRotateAt()
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
	m.ID = types.Int64Value(a.ID)
	m.TokenLastEight = stringOrNull(a.TokenLastEight)
	m.HashedToken = stringOrNull(a.HashedToken)
	m.App = appObject(a.App)
	m.URL = stringOrNull(a.URL)
	m.CreatedAt = refreshedTime(m.CreatedAt, a.CreatedAt)
	m.UpdatedAt = refreshedTime(m.UpdatedAt, a.UpdatedAt)
	m.ExpiresAt = refreshedTime(m.ExpiresAt, a.ExpiresAt)
	m.setRotateAt()
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

// setArguments sets the arguments to what the server has. A value that means the
// same stays as it is.
func (m *authorizationModel) setArguments(a *ghes.Authorization) {
	for _, argument := range m.textArguments(a) {
		if !sameText(argument.value.ValueString(), argument.stored) {
			*argument.value = stringOrNull(argument.stored)
		}
	}
	if m.Scopes.IsNull() || !ghes.SameScopes(elements(m.Scopes), a.Scopes) {
		m.Scopes = stringSet(a.Scopes)
	}
}

// warnUnlessStored warns of each argument that the server stored with another value
// than the provider sent, in a create, or in an update of the state prior. The state
// keeps the planned values, and the next refresh shows the difference.
func (m *authorizationModel) warnUnlessStored(a *ghes.Authorization, prior *authorizationModel, diags *diag.Diagnostics) {
	warn := func(argument string) {
		diags.AddAttributeWarning(path.Root(argument), "The server stored another "+argument,
			fmt.Sprintf("The server did not store the %s that the provider sent for authorization %d. The next plan shows the difference.", argument, a.ID))
	}
	for i, argument := range m.textArguments(a) {
		sent := prior == nil || isChanged(*argument.value, *prior.textArguments(a)[i].value)
		if sent && !sameText(argument.value.ValueString(), argument.stored) {
			warn(argument.name)
		}
	}
	if (prior == nil || !equivalentScopes(m.Scopes, prior.Scopes)) && !ghes.SameScopes(elements(m.Scopes), a.Scopes) {
		warn("scopes")
	}
}

// secrets returns the values in m that errors and logs must not contain.
func (m *authorizationModel) secrets() []string {
	return []string{m.Token.ValueString(), m.ClientSecret.ValueString()}
}

// deletedWarning is for an authorization in state that the server no longer has.
func (m *authorizationModel) deletedWarning(s *session) diag.Diagnostic {
	note, app := "", ""
	if isSet(m.Note) {
		note = fmt.Sprintf(" with note %s", s.quoted(m.Note.ValueString()))
	}
	if isSet(m.ClientID) {
		app = " The server itself revokes the oldest tokens of an app if there are more than ten with the same scopes."
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("Authorization %d was deleted outside of Terraform", m.ID.ValueInt64()), fmt.Sprintf(
		"The server has no authorization %d%s of this user: it was deleted outside of Terraform, and its token was revoked. The provider removes it from state.%s",
		m.ID.ValueInt64(), note, app))
}

// unexpectedResponse says what was wrong with the response to the create of a.
func unexpectedResponse(a *ghes.Authorization, err error) string {
	if a.Token == "" {
		return fmt.Sprintf("The response of the server did not show the token of authorization %d. Replace the authorization to get a token.", a.ID)
	}
	return fmt.Sprintf("Authorization %d and its token are in the state, but the provider did not understand another part of the response:\n\n%s", a.ID, err)
}

// textArgument is an argument of type string, and the value that the server has
// stored for it.
type textArgument struct {
	name   string
	value  *types.String
	stored string
}

func (m *authorizationModel) textArguments(a *ghes.Authorization) []textArgument {
	return []textArgument{
		{"note", &m.Note, a.Note},
		{"note_url", &m.NoteURL, a.NoteURL},
		{"fingerprint", &m.Fingerprint, a.Fingerprint},
		{"client_id", &m.ClientID, a.ClientID()},
	}
}

// refreshedTime returns the state of a time that the server now gives as t. Another
// spelling of the same second is not a change.
func refreshedTime(state types.String, t time.Time) types.String {
	before, err := time.Parse(time.RFC3339, state.ValueString())
	if err == nil && sameSecond(before, t) {
		return state
	}
	return timeOrNull(t)
}

func timeOrNull(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.Format(time.RFC3339Nano))
}
