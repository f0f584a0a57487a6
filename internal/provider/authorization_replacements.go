package provider

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// replaceAdvice says how to get a new token for an authorization whose token expires.
const replaceAdvice = "To get a new token before that, replace the authorization: run terraform apply -replace with the address of the resource, or change rotate_when_changed."

// replacements returns the attributes whose change in plan m needs a new
// authorization. An imported or adopted one is not replaced for a value that it did
// not have before, since a replacement would revoke the token that is in use.
func (m *authorizationModel) replacements(state authorizationModel, data privateData) path.Paths {
	var paths path.Paths
	imported := state.wasImported(data)
	keepsStoring, keepsEncryption := m.keepsTokenSettings(state.tokenModel, data)
	for _, a := range []struct {
		name  string
		keeps bool
	}{
		{"client_id", !isChanged(m.ClientID, state.ClientID)},
		{"fingerprint", isSet(m.Fingerprint) || !isSet(state.Fingerprint)}, // The server cannot clear it.
		{"store_token", keepsStoring},
		{"encrypt_token", keepsEncryption},
		{"note_prefix", m.NotePrefix.Equal(state.NotePrefix) || imported && isAbsent(state.NotePrefix) || m.Note.Equal(state.Note)},
		{"rotate_when_changed", m.keepsRotationValues(state.tokenModel, data)},
	} {
		if !a.keeps {
			paths.Append(path.Root(a.name))
		}
	}
	return paths
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
