package ghessim

import (
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

const apiRoot = "/api/v3"

// route is one operation. An open one also serves requests without credentials or with a token. One with a scope
// accepts only a site administrator's token with that scope.
type route struct {
	method, path string
	open         bool
	scope        string
	handle       handler
}

// handler is called with the server locked.
type handler func(*call) (status int, body any, f *fault)

// call is one authenticated request; header is sent only if the call succeeds.
type call struct {
	*Server
	request *http.Request
	login   string
	fields  fields
	header  http.Header
	at      time.Time
}

// reply is a response before it is written.
type reply struct {
	status int
	header http.Header
	body   any
}

var routes = []route{
	{method: "GET", path: "/meta", open: true, handle: (*call).meta},
	{method: "GET", path: "/authorizations", handle: (*call).listAuthorizations},
	{method: "POST", path: "/authorizations", handle: (*call).createAuthorization},
	{method: "GET", path: "/authorizations/{id}", handle: (*call).getAuthorization},
	{method: "PATCH", path: "/authorizations/{id}", handle: (*call).updateAuthorization},
	// POST is taken for PATCH (recorded 2018).
	{method: "POST", path: "/authorizations/{id}", handle: (*call).updateAuthorization},
	{method: "DELETE", path: "/authorizations/{id}", handle: (*call).deleteAuthorization},
	// There is no such operation, yet clients ask for it to have a code sent: 401, then 404 (quoted from octokit).
	{method: "PATCH", path: "/authorizations", handle: (*call).nothing},
	{method: "PUT", path: "/authorizations/clients/{client_id}", handle: (*call).getOrCreate},
	{method: "PUT", path: "/authorizations/clients/{client_id}/{fingerprint}", handle: (*call).getOrCreate},
	{method: "GET", path: "/applications/grants", handle: (*call).listGrants},
	{method: "GET", path: "/applications/grants/{id}", handle: (*call).getGrant},
	{method: "DELETE", path: "/applications/grants/{id}", handle: (*call).deleteGrant},
	{method: "POST", path: "/admin/users/{username}/authorizations", scope: "site_admin", handle: (*call).impersonate},
	{method: "DELETE", path: "/admin/users/{username}/authorizations", scope: "site_admin", handle: (*call).stopImpersonating},
}

// route responds to requests that an Intercept lets through.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	escaped := r.URL.EscapedPath()
	switch {
	case escaped != apiRoot && !strings.HasPrefix(escaped, apiRoot+"/"):
		s.webInterface(w, r)
	case strings.HasSuffix(escaped, "/"): // documented: a trailing slash is never right
		s.write(w, r, s.reply(notFound()))
	case path.Clean(escaped) != escaped: // ServeMux would redirect
		s.noRoute(w, r)
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// webInterface responds to a client with a wrong base address (quoted from Desktop's users).
func (s *Server) webInterface(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-GitHub-Request-Id", requestID())
	w.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(w, "Cookies must be enabled to use GitHub.\n") // a client that has disconnected needs no response
}

// noRoute is loud, so that a request which is not simulated is not mistaken for something that does not exist.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request) {
	s.write(w, r, s.reply(&fault{
		status:  http.StatusNotImplemented,
		message: "ghessim: no route for " + r.Method + " " + r.URL.EscapedPath(),
	}))
}

// serve is the one adapter between net/http and the handlers.
func (s *Server) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // in memory already, or whatever an Intercept made of it
		s.write(w, r, s.answer(rt, r, body))
	}
}

func (s *Server) answer(rt route, r *http.Request, body []byte) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.headerToken(r)
	a := s.dispatch(rt, r, body)
	if token != nil {
		a.header.Set("X-Oauth-Scopes", strings.Join(slices.Sorted(slices.Values(token.Scopes)), ", ")) // recorded
		a.header.Set("X-Accepted-Oauth-Scopes", rt.scope)
	}
	return a
}

func (s *Server) dispatch(rt route, r *http.Request, body []byte) reply {
	login, f := s.admit(rt, r)
	if f != nil {
		return s.reply(f)
	}
	c := &call{Server: s, request: r, login: login, header: http.Header{}, at: s.now()}
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		if c.fields, f = parseBody(body); f != nil {
			return s.reply(f)
		}
	}
	status, answer, f := rt.handle(c)
	if f != nil {
		return s.reply(f)
	}
	return reply{status: status, header: c.header, body: answer}
}

// url makes an absolute address of a path below the API's root.
func (c *call) url(below string) string {
	scheme := "http"
	if c.request.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + c.request.Host + apiRoot + below
}

func (c *call) nothing() (int, any, *fault) { return 0, nil, notFound() }

type metaJSON struct {
	VerifiablePasswordAuthentication bool   `json:"verifiable_password_authentication"`
	InstalledVersion                 string `json:"installed_version"`
}

func (c *call) meta() (int, any, *fault) {
	return http.StatusOK, metaJSON{
		VerifiablePasswordAuthentication: !c.options.ExternalAuth,
		InstalledVersion:                 c.options.Version,
	}, nil
}
