package provider

import "github.com/hashicorp/terraform-plugin-framework/path"

// replaceAdvice says how to get a new token.
const replaceAdvice = "To get a new token, run terraform apply -replace=ADDRESS, or change rotate_when_changed."

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
		{"store_token", m.keepsStoring(state.tokenModel, data)},
		{"encrypt_token", m.keepsEncryption(state.tokenModel, data)},
		{"note_prefix", m.NotePrefix.Equal(state.NotePrefix) || imported && isAbsent(state.NotePrefix) || m.Note.Equal(state.Note)},
		{"rotate_when_changed", m.keepsRotationValues(state.tokenModel, data)},
	} {
		if !a.keeps {
			paths.Append(path.Root(a.name))
		}
	}
	return paths
}
