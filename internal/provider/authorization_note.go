package provider

import (
	"crypto/rand"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// validateNotes checks that configuration m has at most one of note and note_prefix.
// An empty note counts, because the provider could not create another one then.
func (m *authorizationModel) validateNotes(diags *diag.Diagnostics) {
	if isSet(m.NotePrefix) && isKnown(m.Note) {
		diags.AddAttributeError(path.Root("note_prefix"), "Conflicting notes",
			"Both note and note_prefix are set. With note_prefix, the provider generates the note. Remove one of them: an empty note counts as set, null does not.")
	}
}

// validateNote checks that a personal access token in configuration m has a note,
// which the server requires.
func (m *authorizationModel) validateNote(diags *diag.Diagnostics) {
	if isAbsent(m.Note) && isAbsent(m.NotePrefix) && isAbsent(m.ClientID) {
		diags.AddAttributeError(path.Root("note"), "Missing note",
			"A personal access token needs a note. Set note or note_prefix. For a token of an OAuth app, set client_id.")
	}
}

// completeNotePlan plans the configured note or, with note_prefix, an unknown one
// that the apply creates. An existing authorization, whose state is not nil, keeps its
// note while that has the prefix.
func (m *tokenModel) completeNotePlan(configured types.String, state *tokenModel) {
	m.Note = configured
	if !m.Note.IsNull() || isAbsent(m.NotePrefix) {
		return
	}
	m.Note = types.StringUnknown()
	if state != nil {
		m.keepNote(state.Note)
	}
}

// keepNote sets the note to an existing one, if that begins with note_prefix.
func (m *tokenModel) keepNote(note types.String) {
	prefix := m.NotePrefix.ValueString()
	if prefix != "" && hasPrefix(note.ValueString(), prefix) && note.ValueString() != prefix {
		m.Note = note
	}
}

// createNote creates the note if the plan left it unknown, and reports whether it
// did.
func (m *tokenModel) createNote() bool {
	if !m.Note.IsUnknown() {
		return false
	}
	m.Note = types.StringValue(uniqueNote(m.NotePrefix.ValueString()))
	return true
}

// uniqueNote returns a note that no other authorization has: the prefix and 60 random
// bits.
func uniqueNote(prefix string) string {
	return prefix + strings.ToLower(rand.Text()[:12])
}
