package provider

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// maxDays limits rotate_after_days, so that the year of rotate_at has four digits.
const maxDays = 100_000

// dayCount refuses a number of days that is not from 1 to maxDays.
type dayCount struct{}

func (dayCount) Description(context.Context) string { return "between 1 and 100000 days" }

func (v dayCount) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (dayCount) ValidateFloat64(_ context.Context, req validator.Float64Request, resp *validator.Float64Response) {
	if days := req.ConfigValue.ValueFloat64(); isKnown(req.ConfigValue) && (days < 1 || days > maxDays) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Attribute Value", fmt.Sprintf("Attribute %s value must be between 1 and %d, got: %v", req.Path, maxDays, days))
	}
}

// replacements returns the attributes whose change in plan m needs a new
// authorization. An imported or adopted one is not replaced for a value that it did
// not have before, since a replacement would revoke the token that is in use.
func (m *authorizationModel) replacements(state authorizationModel, data privateData) path.Paths {
	var paths path.Paths
	imported := state.wasImported(data)
	for _, a := range []struct {
		name  string
		keeps bool
	}{
		{"client_id", !isChanged(m.ClientID, state.ClientID)},
		{"fingerprint", isSet(m.Fingerprint) || !isSet(state.Fingerprint)}, // The server cannot clear it.
		{"store_token", imported || !m.StoreToken.IsUnknown() && m.storesToken() == state.storesToken()},
		{"encrypt_token", imported || m.EncryptToken.Equal(state.EncryptToken)},
		{"note_prefix", m.NotePrefix.Equal(state.NotePrefix) || imported && isAbsent(state.NotePrefix) || m.Note.Equal(state.Note)},
		{"rotate_when_changed", imported && state.RotateWhenChanged.IsNull() || sameValues(m.RotateWhenChanged, state.RotateWhenChanged)},
	} {
		if !a.keeps {
			paths.Append(path.Root(a.name))
		}
	}
	return paths
}

// wasImported reports whether the authorization in state m was imported or adopted,
// not created by this resource.
func (m *authorizationModel) wasImported(data privateData) bool {
	return m.Token.IsNull() && data.TokenSHA256 == ""
}

// isTrue reports the value of a flag whose default is true.
func isTrue(b types.Bool) bool { return b.IsNull() || b.ValueBool() }

// sameValues compares maps. A null map is empty, and a key with a null value does not
// count.
func sameValues(a, b types.Map) bool {
	values := func(m types.Map) map[string]attr.Value {
		elements := m.Elements()
		maps.DeleteFunc(elements, func(_ string, v attr.Value) bool { return v.IsNull() })
		return elements
	}
	return !a.IsUnknown() && maps.EqualFunc(values(a), values(b), attr.Value.Equal)
}

// setRotateAt computes rotate_at from created_at and rotate_after_days.
func (m *authorizationModel) setRotateAt() {
	days := m.RotateAfterDays
	created, err := time.Parse(time.RFC3339, m.CreatedAt.ValueString())
	switch {
	case days.IsUnknown() || !days.IsNull() && m.CreatedAt.IsUnknown():
		m.RotateAt = types.StringUnknown()
	case days.IsNull() || err != nil:
		m.RotateAt = types.StringNull()
	default:
		after := time.Duration(days.ValueFloat64() * float64(24*time.Hour))
		m.RotateAt = timeOrNull(created.Add(after).UTC().Truncate(time.Second))
	}
}

// isDue reports whether the authorization has to be rotated at that time.
func (m *authorizationModel) isDue(at time.Time) bool {
	due, err := time.Parse(time.RFC3339, m.RotateAt.ValueString())
	return err == nil && !at.Before(due)
}

// rotates reports whether plan m has to replace the authorization because of its
// age. refreshed is when this run refreshed it. Without a refresh nothing is rotated:
// an apply must do what its plan shows.
func (m *authorizationModel) rotates(refreshed time.Time, diags *diag.Diagnostics) bool {
	created, _ := time.Parse(time.RFC3339, m.CreatedAt.ValueString())
	switch {
	case refreshed.IsZero():
		return false
	case m.RotateAfterDays.IsUnknown() && refreshed.Sub(created) >= 24*time.Hour:
		diags.AddAttributeError(path.Root("rotate_after_days"), "Unknown rotate_after_days",
			fmt.Sprintf("The plan has to know the value to decide whether authorization %d is due for rotation. "+
				"Apply the resource that the value comes from first, with -target, or set a known value.", m.ID.ValueInt64()))
		return false
	case !m.isDue(refreshed):
		return false
	}
	diags.AddWarning(fmt.Sprintf("The token is due for rotation: authorization %d", m.ID.ValueInt64()),
		fmt.Sprintf("Authorization %d was created at %s, and with rotate_after_days = %v it was due at %s. Terraform replaces it with one that has a new token.",
			m.ID.ValueInt64(), m.CreatedAt.ValueString(), m.RotateAfterDays.ValueFloat64(), m.RotateAt.ValueString()))
	return true
}

// expiryNotice is how long before its expiry a plan warns of a token.
const expiryNotice = 14 * 24 * time.Hour

// warnOfExpiry warns of a token that has expired or expires soon.
func (m *authorizationModel) warnOfExpiry(now time.Time, diags *diag.Diagnostics) {
	expires, err := time.Parse(time.RFC3339, m.ExpiresAt.ValueString())
	if err != nil || now.Add(expiryNotice).Before(expires) {
		return
	}
	verb := "expires"
	if !now.Before(expires) {
		verb = "has expired"
	}
	diags.AddWarning(fmt.Sprintf("The token of authorization %d %s", m.ID.ValueInt64(), verb), fmt.Sprintf(
		"The server says that it is valid until %s. To get a new token before that, replace the authorization: run terraform apply -replace with the address of the resource, or change rotate_when_changed.", formatTime(expires)))
}

// warnIfDue warns of an adopted authorization that the next plan replaces.
func (m *authorizationModel) warnIfDue(now time.Time, diags *diag.Diagnostics) {
	if m.isDue(now) {
		diags.AddWarning(fmt.Sprintf("The adopted token is due for rotation: authorization %d", m.ID.ValueInt64()),
			fmt.Sprintf("Authorization %d was created at %s, so with rotate_after_days = %v the next plan replaces it.",
				m.ID.ValueInt64(), m.CreatedAt.ValueString(), m.RotateAfterDays.ValueFloat64()))
	}
}
