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

// get takes m from a state, plan or configuration. The framework's own conversion
// to a struct compiles a pattern for each field each time.
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

// appAttribute is an object, not a nested attribute: CLIs of version 1.8 crash on
// computed nested attributes when they generate configuration.
func appAttribute() schema.Attribute {
	return schema.ObjectAttribute{
		MarkdownDescription: "The app that the token is for: its `name`, `url` and `client_id`. For a personal access token, name and URL follow `note` and `note_url`, and the client ID is all zeros.",
		Computed:            true,
		AttributeTypes:      appTypes,
	}
}

// validateSecrets checks the client secrets against the client ID. The errors
// stand on client_id: on a secret, the CLI would print the line that holds it.
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

// validateCreate checks, on the configuration, what the server demands when an
// authorization is made.
func (m *authorizationModel) validateCreate(ctx context.Context, now time.Time, diags *diag.Diagnostics) {
	if isSet(m.ClientID) && isAbsent(m.ClientSecret) && isAbsent(m.ClientSecretWO) {
		diags.AddAttributeError(path.Root("client_id"), "Missing client secret",
			"Creating a token for an OAuth app takes the app's secret: set client_secret or client_secret_wo. An imported authorization needs neither.")
	}
	m.validateNote(diags)
	m.encrypter(ctx, now, diags)
}

// request returns the body that makes the planned authorization.
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

// isSame reports that a is what the server would not make a second time.
func (m *authorizationModel) isSame(a ghes.Authorization) bool {
	if a.ClientID() != m.ClientID.ValueString() {
		return false
	}
	if a.ClientID() == "" {
		return a.Note == m.Note.ValueString()
	}
	return a.Fingerprint == m.Fingerprint.ValueString()
}

// update returns the body that leads from state to the plan m; it is empty
// where the server has nothing to do.
func (m *authorizationModel) update(state authorizationModel) ghes.AuthorizationUpdate {
	var update ghes.AuthorizationUpdate
	if !sameGrants(m.Scopes, state.Scopes) {
		update.Scopes = new(elements(m.Scopes))
	}
	if differ(m.Note, state.Note) {
		update.Note = new(ghes.Clearable(m.Note.ValueString()))
	}
	if differ(m.NoteURL, state.NoteURL) {
		update.NoteURL = new(ghes.Clearable(m.NoteURL.ValueString()))
	}
	if differ(m.Fingerprint, state.Fingerprint) && !isAbsent(m.Fingerprint) { // it cannot be cleared
		update.Fingerprint = m.Fingerprint.ValueStringPointer()
	}
	return update
}

// foreseeNew completes the plan m of a new authorization.
func (m *authorizationModel) foreseeNew(config authorizationModel) {
	m.foreseeNote(config, nil)
	m.foreseeToken()
	m.setRotateAt()
}

// foresee completes the plan m for what exists as state: it keeps the computed
// values that an update leaves alone, and refuses what the server would.
func (m *authorizationModel) foresee(config, state authorizationModel, diags *diag.Diagnostics) {
	m.foreseeNote(config, &state)
	m.setRotateAt()
	noteDiffers := differ(m.Note, state.Note)
	if noteDiffers {
		config.validateNote(diags)
	}
	m.App, m.UpdatedAt = types.ObjectUnknown(appTypes), types.StringUnknown()
	if isSet(m.ClientID) || !noteDiffers && !differ(m.NoteURL, state.NoteURL) {
		m.App = state.App
	}
	if m.update(state) == (ghes.AuthorizationUpdate{}) {
		m.UpdatedAt = state.UpdatedAt
	}
}

// setComputed takes over what the server decides. The token is not part of it:
// only the answer to a create has one.
func (m *authorizationModel) setComputed(a *ghes.Authorization) {
	m.ID = types.Int64Value(a.ID)
	m.TokenLastEight = stringOrNull(a.TokenLastEight)
	m.HashedToken = stringOrNull(a.HashedToken)
	m.App = appObject(a.App)
	m.URL = stringOrNull(a.URL)
	m.CreatedAt = timeOrNull(a.CreatedAt)
	m.UpdatedAt = timeOrNull(a.UpdatedAt)
	m.ExpiresAt = timeOrNull(a.ExpiresAt)
	m.setRotateAt()
}

// setUpdated takes over what the plan of an update left open, and nothing else:
// an apply may not change what was planned. A refresh finds the rest.
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

// setArguments takes over what the server has for the arguments, and leaves
// alone what means the same.
func (m *authorizationModel) setArguments(a *ghes.Authorization) {
	for _, t := range m.texts(a) {
		if t.argument.ValueString() != t.stored {
			*t.argument = stringOrNull(t.stored)
		}
	}
	if m.Scopes.IsNull() || !ghes.SameScopes(elements(m.Scopes), a.Scopes) {
		m.Scopes = setOf(a.Scopes)
	}
}

// warnUnlessStored tells what the server stored otherwise than it was asked to,
// in a create or in an update from prior. The state keeps what was planned; the
// next refresh shows the difference.
func (m *authorizationModel) warnUnlessStored(a *ghes.Authorization, prior *authorizationModel, diags *diag.Diagnostics) {
	warn := func(argument string) {
		diags.AddAttributeWarning(path.Root(argument), "The server stored another "+argument,
			fmt.Sprintf("For authorization %d the server did not store %s as it was asked to. The next plan shows the difference.", a.ID, argument))
	}
	for i, t := range m.texts(a) {
		asked := prior == nil || differ(*t.argument, *prior.texts(a)[i].argument)
		if asked && t.argument.ValueString() != t.stored {
			warn(t.name)
		}
	}
	if (prior == nil || !sameGrants(m.Scopes, prior.Scopes)) && !ghes.SameScopes(elements(m.Scopes), a.Scopes) {
		warn("scopes")
	}
}

// secrets are the values in m that no error or log may have.
func (m *authorizationModel) secrets() []string {
	return []string{m.Token.ValueString(), m.ClientSecret.ValueString()}
}

// gone says of an authorization that is no longer there what is known.
func (m *authorizationModel) gone() string {
	about, app := "", ""
	if isSet(m.Note) {
		about = fmt.Sprintf(" (%s)", m.Note.ValueString())
	}
	if isSet(m.ClientID) {
		app = " The server itself revokes an app's oldest tokens when there are more than ten with the same scopes."
	}
	return fmt.Sprintf("The server has no authorization %d%s of this user any more: it was deleted outside of Terraform, and its token with it. It is removed from the state.%s",
		m.ID.ValueInt64(), about, app)
}

// oddAnswer says what was wrong with the answer that made a.
func oddAnswer(a *ghes.Authorization, err error) string {
	if a.Token == "" {
		return fmt.Sprintf("The answer of the server did not show the token of authorization %d. Replace the authorization to get one.", a.ID)
	}
	return fmt.Sprintf("Authorization %d and its token are in the state, but something else in the answer was not understood:\n\n%s", a.ID, err)
}

// text is an argument and what the server has for it.
type text struct {
	name     string
	argument *types.String
	stored   string
}

func (m *authorizationModel) texts(a *ghes.Authorization) []text {
	return []text{
		{"note", &m.Note, a.Note},
		{"note_url", &m.NoteURL, a.NoteURL},
		{"fingerprint", &m.Fingerprint, a.Fingerprint},
		{"client_id", &m.ClientID, a.ClientID()},
	}
}

func timeOrNull(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.Format(time.RFC3339Nano))
}
