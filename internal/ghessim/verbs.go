package ghessim

import (
	"cmp"
	"crypto/rand"
	"maps"
	"slices"
	"time"
)

// Authorization is one, as the server knows it: a copy.
type Authorization struct {
	ID                         int64
	Login                      string
	ClientID                   string // "" for a personal access token
	Impersonation              bool   // a site administrator's token for this user, who has one at most
	Note, NoteURL, Fingerprint *string
	Scopes                     []string
	Token                      string // "" if the app has not fetched it yet
	CreatedAt, UpdatedAt       time.Time
	ExpiresAt                  *time.Time // shown, but nothing happens then
}

func (a *Authorization) clone() Authorization {
	c := *a
	c.Note = clone(a.Note)
	c.NoteURL = clone(a.NoteURL)
	c.Fingerprint = clone(a.Fingerprint)
	c.ExpiresAt = clone(a.ExpiresAt)
	c.Scopes = copyScopes(a.Scopes)
	return c
}

func (a *Authorization) isPersonal() bool { return a.ClientID == "" && !a.Impersonation }

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}

// Authorizations returns those of all users, in order of ID.
func (s *Server) Authorizations() []Authorization {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Authorization
	for _, id := range slices.Sorted(maps.Keys(s.authorizations)) {
		all = append(all, s.authorizations[id].clone())
	}
	return all
}

// Authorization returns the one of that number.
func (s *Server) Authorization(id int64) (Authorization, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.authorizations[id]
	if !ok {
		return Authorization{}, false
	}
	return a.clone(), true
}

// AddAuthorization creates one as the web interface would, without the API's checks. It fills in a missing ID, token,
// time and login (the first user's). It registers an unknown app under its client ID. It replaces an authorization
// with the same ID. To have one without a token, remove the token with EditAuthorization.
func (s *Server) AddAuthorization(a Authorization) Authorization {
	s.mu.Lock()
	defer s.mu.Unlock()
	a = a.clone()
	a.Login = s.loginOr(a.Login)
	a.Scopes = s.prune(a.Scopes)
	s.ensureApp(a.ClientID)
	if a.Token == "" {
		a.Token = s.newToken(a.isPersonal())
	}
	if a.CreatedAt.IsZero() {
		a.CreatedAt = s.now()
	}
	if a.UpdatedAt.IsZero() {
		a.UpdatedAt = a.CreatedAt
	}
	s.store(&a)
	return a.clone()
}

// EditAuthorization changes one as somebody else would, and its updated_at with it; it reports whether there is one.
// The function must not call the server's methods.
func (s *Server) EditAuthorization(id int64, edit func(*Authorization)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.authorizations[id]
	if !ok {
		return false
	}
	edited := a.clone()
	edit(&edited)
	stored := edited.clone() // edit may have kept its argument
	stored.ID = id
	stored.Scopes = s.prune(stored.Scopes)
	stored.UpdatedAt = s.now()
	s.ensureApp(stored.ClientID)
	s.store(&stored)
	return true
}

// RevokeAuthorization revokes one as somebody else would; it reports whether there was one.
func (s *Server) RevokeAuthorization(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.authorizations[id]
	delete(s.authorizations, id)
	return ok
}

// ResetToken gives an authorization a new token, as its app may: number and created_at stay, updated_at moves.
func (s *Server) ResetToken(id int64) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.authorizations[id]
	if !ok {
		return "", false
	}
	a.Token = s.newToken(a.isPersonal())
	a.UpdatedAt = s.now()
	return a.Token, true
}

// Grant is a copy of a user's permission for an app.
type Grant struct {
	ID                   int64
	Login, ClientID      string
	Scopes               []string
	CreatedAt, UpdatedAt time.Time
}

func (g *Grant) clone() Grant {
	c := *g
	c.Scopes = copyScopes(g.Scopes)
	return c
}

// Grants returns those of all users, in order of ID.
func (s *Server) Grants() []Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Grant
	for _, g := range s.grants {
		all = append(all, g.clone())
	}
	slices.SortFunc(all, func(a, b Grant) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// AddGrant has a user allow an app something, without a token. It fills in missing values as AddAuthorization
// does. A user has one grant for an app: a second call adds its scopes to those of the first one.
func (s *Server) AddGrant(g Grant) Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	g = g.clone()
	g.Login = s.loginOr(g.Login)
	s.ensureApp(g.ClientID)
	if g.CreatedAt.IsZero() {
		g.CreatedAt = s.now()
	}
	if g.UpdatedAt.IsZero() {
		g.UpdatedAt = g.CreatedAt
	}
	return s.widen(&g).clone()
}

// RevokeGrant revokes a grant with all its tokens; it reports whether there was one.
func (s *Server) RevokeGrant(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.grants[id]
	if ok {
		s.revokeGrant(g)
	}
	return ok
}

func (s *Server) loginOr(login string) string {
	if login == "" && len(s.options.Users) > 0 {
		return s.options.Users[0].Login
	}
	return login
}

func (s *Server) ensureApp(clientID string) {
	if clientID == "" {
		return
	}
	if _, i := s.app(clientID); i < 0 {
		s.register(App{ClientID: clientID, ClientSecret: rand.Text()})
	}
}
