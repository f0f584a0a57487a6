// Package ghessim is a GitHub Enterprise Server in memory. It is an http.Handler that serves the OAuth Authorizations
// API as recordings of real servers and their documentation describe it, not as a client expects it. If neither covers
// a case, a comment that begins with "Assumption" stands beside the decision.
package ghessim

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options describe the instance; zero fields take defaults.
type Options struct {
	Users            []User
	Apps             []App            // in order of registration: the list groups by it
	Version          string           // installed version, default "3.19.0"
	Now              func() time.Time // default time.Now; responses have whole seconds, UTC
	PrivateMode      bool             // anonymous requests are refused, /meta included
	ExternalAuth     bool             // SAML or CAS: no password signs in, and /meta says so
	NoAuthorizations bool             // the ten operations respond with 404, as github.com's have since 2020
	PruneScopes      bool             // drop scopes that another one implies
	MaxLoginFailures int              // consecutive failures before the lockout, default 10
	ShowImpersonated bool             // a POST that finds an impersonation token shows it
}

// User is somebody who can sign in.
type User struct {
	Login, Password string
	SiteAdmin       bool // may impersonate others, with a token that has the scope site_admin
	// VerifyOTP checks the second factor; nil means that the user has none. It must not call the server's methods.
	VerifyOTP func(code string, now time.Time) bool
}

// App is a registered OAuth app.
type App struct{ ClientID, ClientSecret, Name, URL string }

// Server is the instance; it is safe for concurrent use.
type Server struct {
	options Options
	version version
	mux     *http.ServeMux

	mu             sync.Mutex
	intercept      func(w http.ResponseWriter, r *http.Request, next http.Handler)
	log            []*Request
	apps           []App
	authorizations map[int64]*Authorization
	grants         map[int64]*Grant
	lastID         int64
	lastGrantID    int64
	failures       map[string]failures
}

// New returns an instance with nothing but its users and apps.
func New(o Options) *Server {
	if o.Version == "" {
		o.Version = "3.19.0"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxLoginFailures == 0 {
		o.MaxLoginFailures = 10 // Assumption: the threshold is published nowhere.
	}
	s := &Server{
		options:        o,
		version:        parseVersion(o.Version),
		mux:            http.NewServeMux(),
		authorizations: map[int64]*Authorization{},
		grants:         map[int64]*Grant{},
		failures:       map[string]failures{},
	}
	s.options.Users = slices.Clone(o.Users)
	for _, app := range o.Apps {
		s.register(app)
	}
	s.mux.HandleFunc("/", s.noRoute)
	for _, rt := range routes {
		s.mux.HandleFunc(rt.method+" "+apiRoot+rt.path, s.serve(rt))
	}
	return s
}

// Intercept puts f in front of everything, to inject faults. f may respond itself, call next, or both. A nil f removes
// it. The request is in the log before the server calls f.
func (s *Server) Intercept(f func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// ServeHTTP logs the request and responds to it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry, ok := s.arrive(r)
	if !ok {
		http.Error(w, "ghessim: the request's body broke off", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	intercept := s.intercept
	s.mu.Unlock()

	rec := &recorder{ResponseWriter: w, server: s, entry: entry}
	finished := false
	defer func() {
		if !finished { // net/http drops the response of a handler that panics
			rec.note(0)
		}
	}()
	if next := http.HandlerFunc(s.route); intercept != nil {
		intercept(rec, r, next)
	} else {
		next(rec, r)
	}
	rec.noteFirst(http.StatusOK) // net/http sends this for a handler that wrote nothing
	finished = true
}

// now is the instance's time as its responses show it.
func (s *Server) now() time.Time { return s.options.Now().UTC().Truncate(time.Second) }

func (s *Server) register(app App) {
	if app.Name == "" {
		app.Name = app.ClientID
	}
	if app.URL == "" {
		app.URL = "https://example.com"
	}
	s.apps = append(s.apps, app)
}

// app returns the registered app and its place in the order of registration, or -1.
func (s *Server) app(clientID string) (App, int) {
	i := slices.IndexFunc(s.apps, func(a App) bool { return a.ClientID == clientID })
	if i < 0 {
		return App{}, i
	}
	return s.apps[i], i
}
