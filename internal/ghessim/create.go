package ghessim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// The longest client ID and secret that the API's description allows.
const (
	maxClientID     = 20
	maxClientSecret = 40
)

func (c *call) createAuthorization() (int, any, *fault) {
	r := reader{fields: c.fields}
	clientID := r.text("client_id", maxClientID).string()
	secret := r.text("client_secret", maxClientSecret).string()
	a := c.newAuthorization(&r, r.text("fingerprint", 0).blank())
	if f := r.fault(); f != nil {
		return 0, nil, f
	}
	// Two empty strings are as good as none (recorded 2018). Assumption: one of the two alone is a wrong pair.
	if clientID == "" && secret == "" {
		if f := c.checkNote(a); f != nil {
			return 0, nil, f
		}
		return c.create(a)
	}
	if !c.isClient(clientID, secret) {
		return 0, nil, invalidClient()
	}
	a.ClientID = clientID
	// A second one for the same app is a matter of the fingerprint (quoted 2016); its note is not looked at.
	if c.find(a) != nil {
		return 0, nil, invalid("already_exists", "fingerprint")
	}
	return c.create(a)
}

// getOrCreate serves both PUT routes. It does not change an existing authorization, whatever note and scopes are
// sent. That was recorded for requests without them, and is documented for the others.
func (c *call) getOrCreate() (int, any, *fault) {
	r := reader{fields: c.fields}
	r.require("client_secret")
	secret := r.text("client_secret", maxClientSecret).string()
	fingerprint := r.text("fingerprint", 0).blank()
	// Assumption: a fingerprint in the path wins over one in the body.
	if inPath := c.request.PathValue("fingerprint"); inPath != "" {
		// The real route does not carry a slash (reported for octokit.net).
		if strings.Contains(inPath, "/") {
			return 0, nil, notFound()
		}
		fingerprint = &inPath
	}
	a := c.newAuthorization(&r, fingerprint)
	if f := r.fault(); f != nil {
		return 0, nil, f
	}
	// A client_id in the body is ignored (recorded 2013).
	// Assumption: an unknown app is the same 422 here as on POST, not a 404.
	a.ClientID = c.request.PathValue("client_id")
	if !c.isClient(a.ClientID, secret) {
		return 0, nil, invalidClient()
	}
	if existing := c.find(a); existing != nil {
		return http.StatusOK, c.body(existing), nil
	}
	return c.create(a)
}

// newAuthorization reads the parts of a request that both ways to create an
// authorization have in common.
func (c *call) newAuthorization(r *reader, fingerprint *string) *Authorization {
	return &Authorization{
		Login:       c.login,
		Note:        r.text("note", 0).value,
		NoteURL:     r.text("note_url", 0).value, // any text at all, "" included (recorded)
		Fingerprint: fingerprint,                 // Assumption: "" is none
		Scopes:      c.prune(r.scopes("scopes", true)),
		CreatedAt:   c.at,
		UpdatedAt:   c.at,
	}
}

// create stores a and responds with its token. No other response shows it.
func (c *call) create(a *Authorization) (int, any, *fault) {
	a.Token = c.newToken(a.isPersonal())
	c.store(a)
	c.revokeBeyondTen(a)
	body := c.body(a)
	body.Token = a.Token
	c.header.Set("Location", body.URL) // on 201 only (recorded), though documented for 200
	return http.StatusCreated, body, nil
}

// store numbers a and makes its app's grant.
func (s *Server) store(a *Authorization) {
	if a.ID == 0 {
		a.ID = s.lastID + 1
	}
	s.lastID = max(s.lastID, a.ID)
	s.authorizations[a.ID] = a
	s.grant(a)
}

// checkNote holds a personal access token to its rules: a note, and one that the user has not used (quoted 2014 and
// later, documented for PATCH). Assumption: an empty note is none, and case counts.
func (s *Server) checkNote(a *Authorization) *fault {
	if a.Note == nil || *a.Note == "" {
		return invalid("missing_field", "description")
	}
	for _, other := range s.authorizations {
		if other.ID != a.ID && other.Login == a.Login && other.ClientID == "" &&
			other.Note != nil && *other.Note == *a.Note {
			return invalid("already_exists", "description")
		}
	}
	return nil
}

func (s *Server) isClient(clientID, secret string) bool {
	app, i := s.app(clientID)
	return i >= 0 && secret != "" && app.ClientSecret == secret
}

// find returns another authorization of a's user, app and fingerprint, or nil.
// Assumption: the oldest, where the web interface has made several.
func (s *Server) find(a *Authorization) *Authorization {
	var found *Authorization
	for _, other := range s.authorizations {
		if other.ID != a.ID && other.Login == a.Login && other.ClientID == a.ClientID &&
			compareFingerprints(other.Fingerprint, a.Fingerprint) == 0 && (found == nil || other.ID < found.ID) {
			found = other
		}
	}
	return found
}

// revokeBeyondTen keeps the ten newest tokens of a user, app and set of scopes (documented).
func (s *Server) revokeBeyondTen(a *Authorization) {
	if a.ClientID == "" {
		return
	}
	var alike []*Authorization
	for _, other := range s.authorizations {
		if other.Login == a.Login && other.ClientID == a.ClientID && sameScopes(other.Scopes, a.Scopes) {
			alike = append(alike, other)
		}
	}
	slices.SortFunc(alike, func(a, b *Authorization) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	for _, old := range alike[:max(0, len(alike)-10)] {
		delete(s.authorizations, old.ID)
	}
}
