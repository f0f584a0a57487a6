package ghes

import (
	"context"
	"errors"
	"net/http"
	"sync"
)

// Meta is what a server says about itself to anyone.
type Meta struct {
	// InstalledVersion is that of GitHub Enterprise Server, "" for what is none.
	InstalledVersion string
	// ExternalLogin reports that users sign in by SAML or CAS: no password of theirs
	// is known to the server.
	ExternalLogin bool
}

// about remembers what a server said about itself, and that it said nothing.
type about struct {
	mu    sync.Mutex
	asked bool
	meta  *Meta
}

// anonymous marks the context of a request that goes without credentials.
type anonymous struct{}

// meta asks the server what it is, once, and returns nil where it does not tell.
// It explains refusals, so it must not add to them: it goes without credentials,
// by which a server in private mode does not tell, and past the gate.
//
//	GET /meta
func (c *Client) meta(ctx context.Context) *Meta {
	c.about.mu.Lock()
	defer c.about.mu.Unlock()
	if c.about.asked {
		return c.about.meta
	}
	ctx = context.WithValue((&course{}).in(ctx), anonymous{}, true)
	req, err := c.github.NewRequest(ctx, http.MethodGet, "meta", nil)
	if err != nil {
		return nil
	}
	req.Header.Set("Accept", mediaType)
	req.Header.Set("X-GitHub-Api-Version", apiVersion)
	var said struct {
		InstalledVersion string `json:"installed_version"`
		Passwords        *bool  `json:"verifiable_password_authentication"`
	}
	_, err = c.exchange(req, &said, []int{http.StatusOK})
	if ctx.Err() != nil {
		return nil
	}
	c.about.asked = true
	if err == nil {
		c.about.meta = &Meta{
			InstalledVersion: c.words(said.InstalledVersion, 50),
			ExternalLogin:    said.Passwords != nil && !*said.Passwords,
		}
	}
	return c.about.meta
}

// notOffered turns the API's 404 and 410 for a collection into ErrNotOffered, with
// what the server says it is, and leaves every other error, nil included, as it
// is.
func (c *Client) notOffered(ctx context.Context, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Message == "" || e.Status != http.StatusNotFound && e.Status != http.StatusGone {
		return err
	}
	absent := *e
	absent.Err = ErrNotOffered
	absent.Server = c.meta(ctx)
	return &absent
}

// forbidden finds out about a 403 that says nothing known whether the server has
// any password to compare with. A 401 is not asked about: nothing is sent after
// one.
func (c *Client) forbidden(ctx context.Context, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusForbidden || e.Message == "" || e.meaning != nil || e.limited || c.credentials.isProven() {
		return err
	}
	if meta := c.meta(ctx); meta != nil && meta.ExternalLogin {
		e.meaning, e.Server = ErrNoPasswords, meta
	}
	return err
}
