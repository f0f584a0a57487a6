package ghessim

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// grantJSON has the documented order of keys: no grant was ever recorded.
type grantJSON struct {
	ID        int64    `json:"id"`
	URL       string   `json:"url"`
	App       appJSON  `json:"app"`
	CreatedAt string   `json:"created_at"`
	UpdatedAt string   `json:"updated_at"`
	Scopes    []string `json:"scopes"`
}

func (c *call) grantBody(g *Grant) grantJSON {
	return grantJSON{
		ID:        g.ID,
		URL:       c.url(fmt.Sprintf("/applications/grants/%d", g.ID)),
		App:       c.appBody(g.ClientID),
		CreatedAt: timestamp(g.CreatedAt),
		UpdatedAt: timestamp(g.UpdatedAt),
		Scopes:    copyScopes(g.Scopes),
	}
}

// grant makes or widens the grant that an app's authorization rests on; a personal access token has none.
// Assumption: a grant's scopes are all that its tokens ever had.
func (s *Server) grant(a *Authorization) {
	if a.ClientID == "" {
		return
	}
	s.widen(&Grant{Login: a.Login, ClientID: a.ClientID, Scopes: a.Scopes, CreatedAt: a.CreatedAt, UpdatedAt: a.CreatedAt})
}

// widen stores wanted, or adds its scopes to the grant that the user and app have already.
func (s *Server) widen(wanted *Grant) *Grant {
	for _, g := range s.grants {
		if g.Login != wanted.Login || g.ClientID != wanted.ClientID {
			continue
		}
		if scopes := union(g.Scopes, wanted.Scopes); len(scopes) > len(g.Scopes) {
			g.Scopes = scopes
			g.UpdatedAt = s.now()
		}
		return g
	}
	if wanted.ID == 0 {
		wanted.ID = s.lastGrantID + 1
	}
	s.lastGrantID = max(s.lastGrantID, wanted.ID)
	wanted.Scopes = copyScopes(wanted.Scopes)
	s.grants[wanted.ID] = wanted
	return wanted
}

func (c *call) ownGrant() (*Grant, *fault) {
	id, err := strconv.ParseInt(c.request.PathValue("id"), 10, 64)
	g, ok := c.grants[id]
	if err != nil || !ok || g.Login != c.login {
		return nil, notFound()
	}
	return g, nil
}

// listGrants is in order of ID. Assumption: this order, and the same pages as those of
// the other list.
func (c *call) listGrants() (int, any, *fault) {
	clientID := c.clientIDFilter()
	var own []*Grant
	for g := range maps.Values(c.grants) {
		if g.Login == c.login && (clientID == "" || g.ClientID == clientID) {
			own = append(own, g)
		}
	}
	slices.SortFunc(own, func(a, b *Grant) int { return cmp.Compare(a.ID, b.ID) })
	bodies := []grantJSON{}
	for _, g := range page(c, own) {
		bodies = append(bodies, c.grantBody(g))
	}
	return http.StatusOK, bodies, nil
}

func (c *call) getGrant() (int, any, *fault) {
	g, f := c.ownGrant()
	if f != nil {
		return 0, nil, f
	}
	return http.StatusOK, c.grantBody(g), nil
}

func (c *call) deleteGrant() (int, any, *fault) {
	g, f := c.ownGrant()
	if f != nil {
		return 0, nil, f
	}
	c.revokeGrant(g)
	return http.StatusNoContent, nil, nil
}

// revokeGrant takes all of the app's tokens with it (documented).
func (s *Server) revokeGrant(g *Grant) {
	delete(s.grants, g.ID)
	maps.DeleteFunc(s.authorizations, func(_ int64, a *Authorization) bool {
		return a.Login == g.Login && a.ClientID == g.ClientID
	})
}
