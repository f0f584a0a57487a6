package provider

import (
	"crypto/rand"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// validateNotes checks, on the configuration, that at most one of note and
// note_prefix is there. An empty note counts: the note could not be made.
func (m *authorizationModel) validateNotes(diags *diag.Diagnostics) {
	if isSet(m.NotePrefix) && isKnown(m.Note) {
		diags.AddAttributeError(path.Root("note_prefix"), "Two notes",
			"With note_prefix the provider makes the note. Set note or note_prefix, and leave the other one out: an empty note counts, null does not.")
	}
}

// validateNote checks, on the configuration, that a personal access token has a
// note, which the server demands.
func (m *authorizationModel) validateNote(diags *diag.Diagnostics) {
	if isAbsent(m.Note) && isAbsent(m.NotePrefix) && isAbsent(m.ClientID) {
		diags.AddAttributeError(path.Root("note"), "Missing note",
			"A personal access token needs a note that says what it is for. Set note or note_prefix, or client_id for a token of an OAuth app.")
	}
}

// foreseeNote plans the configuration's note or, with a prefix, one that the
// apply makes. The note of an authorization that exists, state, is kept while it
// has the prefix.
func (m *authorizationModel) foreseeNote(config authorizationModel, state *authorizationModel) {
	m.Note = config.Note
	if !m.Note.IsNull() || isAbsent(m.NotePrefix) {
		return
	}
	m.Note = types.StringUnknown()
	if state != nil {
		m.keepNote(state.Note)
	}
}

// keepNote takes over a note that could have been made of the prefix.
func (m *authorizationModel) keepNote(note types.String) {
	prefix := m.NotePrefix.ValueString()
	if prefix != "" && strings.HasPrefix(note.ValueString(), prefix) && note.ValueString() != prefix {
		m.Note = note
	}
}

// makeNote makes the note that the plan has left open, and reports whether it
// had.
func (m *authorizationModel) makeNote() bool {
	if !m.Note.IsUnknown() {
		return false
	}
	m.Note = types.StringValue(uniqueNote(m.NotePrefix.ValueString()))
	return true
}

// uniqueNote returns a note that no other authorization has: prefix and 60
// random bits.
func uniqueNote(prefix string) string {
	return prefix + strings.ToLower(rand.Text()[:12])
}
