package ghes

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
)

// checkOffered returns nil if the server has the list of authorizations, ErrNotOffered if it has
// not, and remembers that. Any other error goes to all calls that wait for it.
func (c *Client) checkOffered(ctx context.Context) error {
	return callOnce(ctx, &c.askOffered, func() error {
		if known := c.offered.Load(); known != nil {
			return *known
		}
		budget := c.budget(c.config.MaxWait)
		_, err := getPage[Authorization](ctx, c, &budget, authorizationsPath, "", 1)
		if errors.Is(err, ErrNotOffered) {
			c.offered.Store(&err)
		}
		return err
	})
}

// ServerInfo is what a server says about itself without a sign-in.
type ServerInfo struct {
	InstalledVersion string // of GitHub Enterprise Server, "" on another server
	ExternalLogin    bool   // users sign in by SAML or CAS; the server knows no passwords
}

// serverInfo asks the server what it is, once, and returns nil if it does not say, as in private
// mode. It sends no credentials, so that this cannot count as a failed sign-in.
//
//	GET /meta
func (c *Client) serverInfo(ctx context.Context) *ServerInfo {
	c.askServer.Do(func() {
		meta := struct {
			InstalledVersion string `json:"installed_version"`
			Passwords        bool   `json:"verifiable_password_authentication"`
		}{Passwords: true}
		a, _ := c.send(ctx, transport.Request{Method: http.MethodGet, Path: "meta", Anonymous: true}, transport.Budget{})
		if a.Status() == http.StatusOK && decodeJSON(a.Response.Header, a.Body, &meta) == nil {
			c.server = &ServerInfo{c.config.Secrets.Sanitize(meta.InstalledVersion, 50), !meta.Passwords}
		}
	})
	return c.server
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

// explainForbidden asks the server, after a 403 without a known reason, whether it has passwords.
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
