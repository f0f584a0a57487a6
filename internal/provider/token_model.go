package provider

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// tokenModel has the attributes that all resources with a token have.
type tokenModel struct {
	ID                types.Int64  `tfsdk:"id"`
	Note              types.String `tfsdk:"note"`
	NotePrefix        types.String `tfsdk:"note_prefix"`
	NoteURL           types.String `tfsdk:"note_url"`
	Scopes            types.Set    `tfsdk:"scopes"`
	StoreToken        types.Bool   `tfsdk:"store_token"`
	EncryptToken      types.Object `tfsdk:"encrypt_token"`
	RotateWhenChanged types.Map    `tfsdk:"rotate_when_changed"`
	Token             types.String `tfsdk:"token"`
	EncryptedToken    types.String `tfsdk:"encrypted_token"`
	TokenLastEight    types.String `tfsdk:"token_last_eight"`
	HashedToken       types.String `tfsdk:"hashed_token"`
	URL               types.String `tfsdk:"url"`
	CreatedAt         types.String `tfsdk:"created_at"`
	ExpiresAt         types.String `tfsdk:"expires_at"`
}

// attributeSource is a state, plan or configuration.
type attributeSource interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}

// readModel reads a model, a pointer to a struct, from a source. It does not use the
// framework's conversion to a struct, which compiles a regular expression per field and call.
func readModel(ctx context.Context, from attributeSource, model any) diag.Diagnostics {
	var object types.Object
	diags := from.Get(ctx, &object)
	if diags.HasError() {
		return diags
	}
	if !isKnown(object) {
		diags.AddError("Unable to read authorization", "The state, plan or configuration has no attributes. This is a bug in the provider or the CLI. Report it.")
		return diags
	}
	attributes := object.Attributes()
	var set func(reflect.Value)
	set = func(model reflect.Value) {
		for i := range model.NumField() {
			if field := model.Type().Field(i); field.Anonymous {
				set(model.Field(i))
			} else {
				model.Field(i).Set(reflect.ValueOf(attributes[field.Tag.Get("tfsdk")]))
			}
		}
	}
	set(reflect.ValueOf(model).Elem())
	return diags
}

// update returns the body of the request that changes state to plan m. It is empty
// if the server has nothing to change.
func (m *tokenModel) update(state tokenModel) ghes.AuthorizationUpdate {
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
	return update
}

// setComputed sets the attributes that the server decides, except the token: only
// the response to a create has it.
func (m *tokenModel) setComputed(a *ghes.Authorization) {
	m.ID = types.Int64Value(a.ID)
	m.TokenLastEight = stringOrNull(a.TokenLastEight)
	m.HashedToken = stringOrNull(a.HashedToken)
	m.URL = stringOrNull(a.URL)
	m.CreatedAt = refreshedTime(m.CreatedAt, a.CreatedAt)
	m.ExpiresAt = refreshedTime(m.ExpiresAt, a.ExpiresAt)
}

// setArguments sets the arguments to what the server has. A value that means the
// same stays as it is.
func (m *tokenModel) setArguments(a *ghes.Authorization) {
	setTexts(m.textArguments(a))
	if m.Scopes.IsNull() || !ghes.SameScopes(elements(m.Scopes), a.Scopes) {
		m.Scopes = stringSet(a.Scopes)
	}
}

// textArgument is an argument of type string, and the value that the server has
// stored for it.
type textArgument struct {
	name   string
	value  *types.String
	stored string
}

func (m *tokenModel) textArguments(a *ghes.Authorization) []textArgument {
	return []textArgument{
		{"note", &m.Note, a.Note},
		{"note_url", &m.NoteURL, a.NoteURL},
	}
}

func setTexts(arguments []textArgument) {
	for _, argument := range arguments {
		if !sameText(argument.value.ValueString(), argument.stored) {
			*argument.value = stringOrNull(argument.stored)
		}
	}
}

// warnUnlessStored warns of each argument that the server stored with another value
// than the provider sent, in a create, or in an update of the state prior. The state
// keeps the planned values, and the next refresh shows the difference.
func (m *tokenModel) warnUnlessStored(a *ghes.Authorization, prior *tokenModel, diags *diag.Diagnostics) {
	var before []textArgument
	if prior != nil {
		before = prior.textArguments(a)
	}
	warnUnlessStored(a.ID, m.textArguments(a), before, diags)
	if (prior == nil || !equivalentScopes(m.Scopes, prior.Scopes)) && !ghes.SameScopes(elements(m.Scopes), a.Scopes) {
		diags.Append(storedOtherwise(a.ID, "scopes"))
	}
}

func warnUnlessStored(id int64, arguments, before []textArgument, diags *diag.Diagnostics) {
	for i, argument := range arguments {
		sent := before == nil || isChanged(*argument.value, *before[i].value)
		if sent && !sameText(argument.value.ValueString(), argument.stored) {
			diags.Append(storedOtherwise(id, argument.name))
		}
	}
}

func storedOtherwise(id int64, argument string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root(argument), "The server stored another value of "+argument,
		fmt.Sprintf("The server did not store the %s that the provider sent for authorization %d. The next plan shows the difference.", argument, id))
}

// secrets returns the values in m that errors and logs must not contain.
func (m *tokenModel) secrets() []string { return []string{m.Token.ValueString()} }

// wasImported reports whether the authorization in state m was imported or adopted,
// not created by this resource.
func (m *tokenModel) wasImported(data privateData) bool {
	return m.Token.IsNull() && data.TokenSHA256 == ""
}

// keepsStoring reports whether plan m needs no new token because of store_token. An imported or adopted
// authorization has no token that could be stored in another way.
func (m *tokenModel) keepsStoring(state tokenModel, data privateData) bool {
	return state.wasImported(data) || !m.StoreToken.IsUnknown() && m.storesToken() == state.storesToken()
}

// keepsEncryption reports whether plan m needs no new token because of encrypt_token.
func (m *tokenModel) keepsEncryption(state tokenModel, data privateData) bool {
	return state.wasImported(data) || m.EncryptToken.Equal(state.EncryptToken)
}

// keepsRotationValues reports whether plan m has the values of rotate_when_changed that the state
// has. An imported or adopted authorization takes the first ones as they are.
func (m *tokenModel) keepsRotationValues(state tokenModel, data privateData) bool {
	return state.wasImported(data) && state.RotateWhenChanged.IsNull() || sameValues(m.RotateWhenChanged, state.RotateWhenChanged)
}

// expiryNotice is how long before its expiry a plan warns of a token.
const expiryNotice = 14 * 24 * time.Hour

// warnOfExpiry warns of a token that has expired or expires soon, and says how to get a new one.
func (m *tokenModel) warnOfExpiry(now time.Time, advice string, diags *diag.Diagnostics) {
	expires, err := time.Parse(time.RFC3339, m.ExpiresAt.ValueString())
	if err != nil || now.Add(expiryNotice).Before(expires) {
		return
	}
	summary := "The token of authorization %d expires"
	if !now.Before(expires) {
		summary = "The token of authorization %d has expired"
	}
	diags.AddWarning(fmt.Sprintf(summary, m.ID.ValueInt64()), fmt.Sprintf(
		"The server says that it is valid until %s. %s", formatTime(expires), advice))
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
