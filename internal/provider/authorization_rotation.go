package provider

import (
	"cmp"
	"fmt"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// maxDays bounds rotate_after_days, so that rotate_at has a year of four digits.
const maxDays = 100_000

// replacements returns the attributes that only a new authorization can follow.
// An authorization that was imported or adopted takes on what it did not have:
// replacing it would revoke the token that it was imported to keep.
func (m *authorizationModel) replacements(state authorizationModel, record authorizationRecord) path.Paths {
	var paths path.Paths
	found := state.wasFound(record)
	for _, a := range []struct {
		name  string
		stays bool
	}{
		{"store_token", found || !m.StoreToken.IsUnknown() && m.storesToken() == state.storesToken()},
		{"encrypt_token", found || m.EncryptToken.Equal(state.EncryptToken)},
		{"note_prefix", m.NotePrefix.Equal(state.NotePrefix) || found && isAbsent(state.NotePrefix) || m.Note.Equal(state.Note)},
		{"rotate_when_changed", found && state.RotateWhenChanged.IsNull() || sameValues(m.RotateWhenChanged, state.RotateWhenChanged)},
	} {
		if !a.stays {
			paths.Append(path.Root(a.name))
		}
	}
	return paths
}

// wasFound reports of a state that its authorization was not made by this
// resource, but imported or adopted.
func (m *authorizationModel) wasFound(record authorizationRecord) bool {
	return m.Token.IsNull() && record.TokenSHA256 == ""
}

// isTrue is for flags that are true by default.
func isTrue(b types.Bool) bool { return b.IsNull() || b.ValueBool() }

// sameValues compares maps; a null or a key with a null is no value.
func sameValues(a, b types.Map) bool {
	values := func(m types.Map) map[string]attr.Value {
		elements := m.Elements()
		maps.DeleteFunc(elements, func(_ string, v attr.Value) bool { return v.IsNull() })
		return elements
	}
	return !a.IsUnknown() && maps.EqualFunc(values(a), values(b), attr.Value.Equal)
}

// setRotateAt follows from created_at and rotate_after_days.
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

// isDue reports that at that time the authorization is to be rotated.
func (m *authorizationModel) isDue(at time.Time) bool {
	due, err := time.Parse(time.RFC3339, m.RotateAt.ValueString())
	return err == nil && !at.Before(due)
}

// rotates reports that the plan m has to replace the authorization, which was
// refreshed at that time in this run. A run that has not refreshed it, such as
// the apply of a saved plan, rotates nothing that its plan does not.
func (m *authorizationModel) rotates(refreshed time.Time, diags *diag.Diagnostics) bool {
	created, _ := time.Parse(time.RFC3339, m.CreatedAt.ValueString())
	switch {
	case refreshed.IsZero():
		return false
	case m.RotateAfterDays.IsUnknown() && refreshed.Sub(created) >= 24*time.Hour:
		diags.AddAttributeError(path.Root("rotate_after_days"), "Unknown rotate_after_days",
			fmt.Sprintf("The plan has to tell whether authorization %d is due for rotation, which takes a value that is known. "+
				"Apply what it comes from first, with -target, or set it to a value that is known.", m.ID.ValueInt64()))
		return false
	case !m.isDue(refreshed):
		return false
	}
	diags.AddWarning("The token is due for rotation",
		fmt.Sprintf("Authorization %d was made at %s, and with rotate_after_days = %v it was due at %s. It is replaced by one with a new token.",
			m.ID.ValueInt64(), m.CreatedAt.ValueString(), m.RotateAfterDays.ValueFloat64(), m.RotateAt.ValueString()))
	return true
}

// warnIfDue warns of an adoption that will not last.
func (m *authorizationModel) warnIfDue(now time.Time, diags *diag.Diagnostics) {
	if m.isDue(now) {
		diags.AddWarning("The adopted token is due for rotation",
			fmt.Sprintf("Authorization %d was made at %s, so with rotate_after_days = %v the next plan replaces it.",
				m.ID.ValueInt64(), m.CreatedAt.ValueString(), m.RotateAfterDays.ValueFloat64()))
	}
}

// warnOfAdoption warns of a replacement that may adopt what it replaces. Only the
// CLI knows of create_before_destroy.
func (m *authorizationModel) warnOfAdoption(state authorizationModel, standard string, diags *diag.Diagnostics) {
	sameNote := m.Note.Equal(state.Note)
	if isSet(m.ClientID) {
		sameNote = m.ClientID.Equal(state.ClientID) && m.Fingerprint.Equal(state.Fingerprint)
	}
	if cmp.Or(m.OnExisting.ValueString(), standard) != onExistingAdopt || !sameNote {
		return
	}
	diags.AddWarning("A replacement can adopt what it replaces",
		fmt.Sprintf("With create_before_destroy authorization %d would be adopted by its own replacement, since on_existing is \"adopt\": there would be no new token. "+
			"Set on_existing to \"replace\", or go without create_before_destroy; then this warning means nothing.", state.ID.ValueInt64()))
}
