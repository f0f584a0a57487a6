package ghessim

import (
	"net/http"
	"strings"
)

// impersonate creates the token with which a site administrator acts as another user. A user has at most one, and
// the server returns an existing one (documented). Assumption: it returns it unchanged, whatever scopes are sent,
// and without its token like every other 200, unless the options say otherwise.
func (c *call) impersonate() (int, any, *fault) {
	r := reader{fields: c.fields}
	r.require("scopes") // documented
	a := &Authorization{Impersonation: true, Scopes: c.prune(r.scopes("scopes", false)), CreatedAt: c.at, UpdatedAt: c.at}
	if f := r.fault(); f != nil {
		return 0, nil, f
	}
	user, ok := c.user(c.request.PathValue("username"))
	if !ok {
		return 0, nil, notFound()
	}
	a.Login = user.Login
	existing := c.impersonation(a.Login)
	if existing == nil {
		return c.create(a)
	}
	body := c.body(existing)
	if c.options.ShowImpersonated {
		body.Token = existing.Token
	}
	return http.StatusOK, body, nil
}

// stopImpersonating revokes the token. Without one, the response is a 404 (recorded).
func (c *call) stopImpersonating() (int, any, *fault) {
	a := c.impersonation(c.request.PathValue("username"))
	if a == nil {
		return 0, nil, notFound()
	}
	delete(c.authorizations, a.ID)
	return http.StatusNoContent, nil, nil
}

// impersonation finds the impersonation token of a user, or nil.
func (s *Server) impersonation(login string) *Authorization {
	for _, a := range s.authorizations {
		if a.Impersonation && strings.EqualFold(a.Login, login) {
			return a
		}
	}
	return nil
}
