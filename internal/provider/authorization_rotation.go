package provider

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// replacements returns the attributes that only a new authorization can follow.
// An authorization that was imported or adopted takes on what it did not have:
// replacing it would revoke the token that it was imported to keep.
func (m *authorizationModel) replacements(state authorizationModel) path.Paths {
	var paths path.Paths
	for _, a := range []struct {
		name        string
		plan, state attr.Value
		fits        bool
	}{
		{"store_token", m.StoreToken, state.StoreToken, isTrue(m.StoreToken) == isTrue(state.StoreToken) && !m.StoreToken.IsUnknown()},
		{"encrypt_token", m.EncryptToken, state.EncryptToken, false},
		{"note_prefix", m.NotePrefix, state.NotePrefix, isAbsent(state.NotePrefix) && (isAbsent(m.NotePrefix) || state.noteFits(m.NotePrefix))},
		{"rotate_when_changed", m.RotateWhenChanged, state.RotateWhenChanged, false},
	} {
		takesOn := a.state.IsNull() && state.wasFound()
		if !a.plan.Equal(a.state) && !a.fits && !takesOn {
			paths.Append(path.Root(a.name))
		}
	}
	return paths
}

// wasFound reports of a state that its authorization was not made by this
// resource, but imported or adopted.
func (m *authorizationModel) wasFound() bool {
	return m.Token.IsNull() && m.EncryptedToken.IsNull() && m.storesToken()
}

// isTrue is for flags that are true by default.
func isTrue(b types.Bool) bool { return b.IsNull() || b.ValueBool() }

// setRotateAt follows from created_at and rotate_after_days.
func (m *authorizationModel) setRotateAt() {
	const ever = 365 * 1000 // days; a year of more than four digits is not RFC 3339
	days := m.RotateAfterDays
	created, err := time.Parse(time.RFC3339, m.CreatedAt.ValueString())
	switch {
	case days.IsUnknown() || !days.IsNull() && m.CreatedAt.IsUnknown():
		m.RotateAt = types.StringUnknown()
	case days.IsNull() || err != nil || days.ValueInt64() > ever:
		m.RotateAt = types.StringNull()
	default:
		m.RotateAt = timeOrNull(created.UTC().AddDate(0, 0, int(days.ValueInt64())))
	}
}

// isDue reports that an authorization of that age, in days, is to be rotated.
func (m *authorizationModel) isDue(age int64) bool {
	return !m.RotateAt.IsNull() && !m.RotateAt.IsUnknown() && age >= m.RotateAfterDays.ValueInt64()
}

// ageInDays is the age of an authorization in whole days. It reaches a number of
// days just when rotate_at does.
func ageInDays(created, now time.Time) int64 {
	return int64(now.Sub(created) / (24 * time.Hour))
}

func (m *authorizationModel) dueWarning(age int64) diag.Diagnostic {
	return diag.NewWarningDiagnostic("The token is due for rotation",
		fmt.Sprintf("Authorization %d is %d days old, and rotate_after_days is %d: it was due at %s. It is replaced by one with a new token.",
			m.ID.ValueInt64(), age, m.RotateAfterDays.ValueInt64(), m.RotateAt.ValueString()))
}
