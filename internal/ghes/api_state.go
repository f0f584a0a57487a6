package ghes

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/singleflight"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
)

// apiState remembers whether the server offers the API, and what it says about itself.
type apiState struct {
	asking  singleflight.Group
	offered atomic.Pointer[error] // nil while it is not known; points to nil where the API is offered
	once    sync.Once
	info    *ServerInfo
}

// confirm records that the server has the list of authorizations.
func (p *apiState) confirm() { p.offered.Store(new(error)) }

// checkOffered returns nil if the server has the list of authorizations, and ErrNotOffered if it
// responds with 404 or 410. Both are remembered. Any other error goes to all calls that have waited
// for it.
func (c *Client) checkOffered(ctx context.Context) error {
	return callOnce(ctx, &c.api.asking, func() error {
		if known := c.api.offered.Load(); known != nil {
			return *known
		}
		budget := c.budget()
		_, err := c.authorizationsPage(ctx, &budget, "", 1)
		if errors.Is(err, ErrNotOffered) {
			c.api.offered.Store(&err)
		}
		return err
	})
}

// ServerInfo is what a server says about itself without a sign-in.
type ServerInfo struct {
	InstalledVersion string // of GitHub Enterprise Server, "" on another server
	ExternalLogin    bool   // users sign in by SAML or CAS; the server knows no passwords
}

// serverInfo asks the server what it is, once, and returns nil if it does not say. The request
// explains a refusal, so it must not add to failed sign-ins: it has no credentials. A server in
// private mode refuses it.
//
//	GET /meta
func (c *Client) serverInfo(ctx context.Context) *ServerInfo {
	c.api.once.Do(func() {
		var meta struct {
			InstalledVersion string `json:"installed_version"`
			Passwords        *bool  `json:"verifiable_password_authentication"`
		}
		a, _ := c.send(ctx, transport.Request{Method: http.MethodGet, Path: "meta", Anonymous: true}, transport.Budget{})
		if a.Err == nil && a.Response.StatusCode == http.StatusOK && decodeJSON(a.Response.Header, a.Body, &meta) == nil {
			version, isExternal := c.config.Secrets.Sanitize(meta.InstalledVersion, 50), meta.Passwords != nil && !*meta.Passwords
			c.api.info = &ServerInfo{version, isExternal}
		}
	})
	return c.api.info
}

// notOffered turns the API's 404 or 410 for a list into ErrNotOffered, with what the server says
// about itself. It returns every other error, nil included, as it is.
func (c *Client) notOffered(ctx context.Context, err error) error {
	e, ok := errors.AsType[*Error](err)
	if ok && e.Err == nil && e.Message != "" && slices.Contains([]int{http.StatusNotFound, http.StatusGone}, e.Status) {
		e.Err, e.Server = ErrNotOffered, c.serverInfo(ctx)
	}
	return err
}

// explainForbidden finds out whether the server has passwords at all, for a 403 without a known
// reason.
func (c *Client) explainForbidden(ctx context.Context, e *Error) error {
	isExplained := e.Message == "" || len(e.kinds) > 0 || e.limited || c.gate.accepted.Load()
	if e.Status != http.StatusForbidden || isExplained {
		return e
	}
	if info := c.serverInfo(ctx); info != nil && info.ExternalLogin {
		e.kinds, e.Server = []error{ErrNoPasswords}, info
	}
	return e
}
