package ghessim

import (
	"net/http"
	"slices"
)

func (c *call) updateAuthorization() (int, any, *fault) {
	a, f := c.ownAuthorization()
	if f != nil {
		return 0, nil, f
	}
	r := reader{fields: c.fields}
	updated := a.clone()
	if note := r.text("note", 0); note.sent {
		updated.Note = note.value
	}
	if noteURL := r.text("note_url", 0); noteURL.sent {
		updated.NoteURL = noteURL.value // null clears it (recorded on GHES 2014)
	}
	// Documented, never recorded. Assumption: null and "" take it away.
	if fingerprint := r.text("fingerprint", 0); fingerprint.sent {
		updated.Fingerprint = fingerprint.blank()
	}
	if f := c.updateScopes(&r, &updated); f != nil {
		return 0, nil, f
	}
	if f := c.checkUpdate(a, &updated); f != nil {
		return 0, nil, f
	}
	if !sameContent(a, &updated) { // updated_at stays if nothing changes (recorded on GHES 2014)
		updated.UpdatedAt = c.at
		*a = updated
		c.grant(a)
	}
	return http.StatusOK, c.body(a), nil
}

// updateScopes replaces, appends or removes, and keeps the order as it was asked for (recorded).
func (c *call) updateScopes(r *reader, a *Authorization) *fault {
	scopes := r.scopes("scopes", true)
	add := r.scopes("add_scopes", false)
	remove := r.scopes("remove_scopes", false)
	if f := r.fault(); f != nil {
		return f
	}
	sent := 0
	for _, list := range [][]string{scopes, add, remove} {
		if list != nil {
			sent++
		}
	}
	if sent > 1 {
		// Assumption: that only one may be sent is documented, the response is not.
		return &fault{
			status:  http.StatusUnprocessableEntity,
			message: "Invalid request.\n\nOnly one of \"scopes\", \"add_scopes\" and \"remove_scopes\" may be supplied.",
		}
	}
	switch {
	case scopes != nil:
		a.Scopes = scopes
	case add != nil:
		a.Scopes = union(a.Scopes, add)
	case remove != nil:
		a.Scopes = slices.DeleteFunc(a.Scopes, func(s string) bool { return slices.Contains(remove, s) })
	}
	a.Scopes = c.prune(a.Scopes)
	return nil
}

// checkUpdate applies the rules of creation to the changed arguments.
func (c *call) checkUpdate(a, updated *Authorization) *fault {
	if a.ClientID == "" {
		if equal(a.Note, updated.Note) {
			return nil
		}
		return c.checkNote(updated)
	}
	// Assumption: an app's fingerprints stay distinct on PATCH as they are on POST.
	if !equal(a.Fingerprint, updated.Fingerprint) && c.find(updated) != nil {
		return invalid("already_exists", "fingerprint")
	}
	return nil
}

func sameContent(a, b *Authorization) bool {
	return equal(a.Note, b.Note) && equal(a.NoteURL, b.NoteURL) && equal(a.Fingerprint, b.Fingerprint) &&
		slices.Equal(a.Scopes, b.Scopes)
}

func equal(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
