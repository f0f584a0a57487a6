package ghes

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
)

// NoApp is the client ID in the app of a personal access token.
const NoApp = "00000000000000000000"

// Authorization is a token of the user, with its scopes and its purpose. Fields that the server
// gives as null or leaves out have the zero value; it treats null and "" alike.
type Authorization struct {
	ID             int64     `json:"id"`
	URL            string    `json:"url"`
	App            App       `json:"app"`          // of a personal access token, its name and URL follow Note and NoteURL
	Token          string    `json:"token"`        // shown once, in the 201 that creates it
	HashedToken    string    `json:"hashed_token"` // the SHA-256 of the token, in lower-case hexadecimal
	TokenLastEight string    `json:"token_last_eight"`
	Note           string    `json:"note"`
	NoteURL        string    `json:"note_url"`    // any text; the server does not check that it is a URL
	Fingerprint    string    `json:"fingerprint"` // tells the tokens of one app and user apart
	Scopes         []string  `json:"scopes"`      // in the order in which they were requested
	CreatedAt      time.Time `json:"created_at"`
	UpdatedAt      time.Time `json:"updated_at"`
	ExpiresAt      time.Time `json:"expires_at"` // zero where the token does not expire, and before GHES 3.2
}

// ClientID returns the client ID of the app that the token is for, "" for a personal access token.
func (a *Authorization) ClientID() string {
	if a.App.ClientID == NoApp {
		return ""
	}
	return a.App.ClientID
}

func (a Authorization) identifier() int64 { return a.ID }

// App is an OAuth app as authorizations and grants name it.
type App struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	ClientID string `json:"client_id"`
}

// AuthorizationRequest is the body that creates an authorization.
type AuthorizationRequest struct {
	Scopes       []string `json:"scopes"`         // without any, the token reads public information only
	Note         string   `json:"note,omitempty"` // a personal access token needs one that no other of the user has
	NoteURL      string   `json:"note_url,omitempty"`
	ClientID     string   `json:"client_id,omitempty"`     // of an OAuth app; at most 20 characters
	ClientSecret string   `json:"client_secret,omitempty"` // of that app; at most 40 characters
	Fingerprint  string   `json:"fingerprint,omitempty"`
	Unique       bool     `json:"-"` // Note was generated, so that no other request has it
}

// AuthorizationUpdate is the body that changes an authorization. A nil field stays as it is.
type AuthorizationUpdate struct {
	Scopes      *[]string  `json:"scopes,omitempty"` // replace all; an empty list clears them
	Note        *Clearable `json:"note,omitempty"`
	NoteURL     *Clearable `json:"note_url,omitempty"`
	Fingerprint *string    `json:"fingerprint,omitempty"`
}

// Clearable is text that is sent as null if it is empty, which clears the field on the server.
type Clearable string

// MarshalJSON implements json.Marshaler.
func (c Clearable) MarshalJSON() ([]byte, error) {
	if c == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(c))
}

const authorizationsPath = "authorizations"

// RefreshAuthorization is GetAuthorization through the list cache, which is emptied by each write.
//
//	GET /authorizations/ID
//	GET /authorizations
func (c *Client) RefreshAuthorization(ctx context.Context, id int64) (*Authorization, error) {
	return c.read(ctx, id, !c.config.ReadsByID)
}

// GetAuthorization returns the current authorization, without its token. A 404, as also for other
// users' authorizations, is ErrNotFound only once this client has read a page of the list. It is
// ErrNotOffered if the list is missing as well.
//
//	GET /authorizations/ID
func (c *Client) GetAuthorization(ctx context.Context, id int64) (*Authorization, error) {
	return c.read(ctx, id, false)
}

// read returns an authorization, perhaps from the list cache.
func (c *Client) read(ctx context.Context, id int64, mayBeCached bool) (*Authorization, error) {
	r := itemRequest(http.MethodGet, authorizationsPath, id)
	return c.remember(throughGate(ctx, c, r, func() (*Authorization, error) {
		if mayBeCached {
			if a, err := c.list.Load().find(ctx, c, id); a != nil || err != nil {
				return a, err
			}
		}
		a, err := sendForItem[Authorization](ctx, c, r, id)
		if errors.Is(err, ErrNotFound) {
			err = cmp.Or(c.checkOffered(ctx), err)
		}
		return a, err
	}))
}

// remember notes that an authorization existed before any later create.
func (c *Client) remember(a *Authorization, err error) (*Authorization, error) {
	if a != nil {
		c.known.Store(a.ID, nil)
	}
	return a, err
}

// ListAuthorizations returns all of the user's authorizations; see SearchAuthorizations.
func (c *Client) ListAuthorizations(ctx context.Context, clientID string) ([]Authorization, error) {
	return c.SearchAuthorizations(ctx, clientID, 0, func(Authorization) bool { return true })
}

// SkimAuthorizations reads each page once, so it may miss an item while others are deleted.
func (c *Client) SkimAuthorizations(ctx context.Context) ([]Authorization, error) {
	return searchList(ctx, c, authorizationsPath, "", 0, 1, func(Authorization) bool { return true })
}

// FindAuthorization returns one authorization that matches, or nil; see SearchAuthorizations.
func (c *Client) FindAuthorization(ctx context.Context, clientID string, matches func(Authorization) bool) (*Authorization, error) {
	found, err := c.SearchAuthorizations(ctx, clientID, 1, matches)
	if len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// SearchAuthorizations returns the user's authorizations that match, without tokens, in order of
// ID: all, or no more than limit if that is positive. It stops at the page that completes these;
// pages have the server's own order. With a client ID it asks for those of one app (GHES 3.0 and
// newer; older servers return all). ErrNotOffered: the server has no such API.
//
//	GET /authorizations
func (c *Client) SearchAuthorizations(ctx context.Context, clientID string, limit int64, matches func(Authorization) bool) ([]Authorization, error) {
	return searchList(ctx, c, authorizationsPath, clientID, limit, readings, matches)
}

// UpdateAuthorization changes an authorization, whose token stays valid. ErrNotFound: there is
// none. A 422 is as for CreateAuthorization.
//
//	PATCH /authorizations/ID
func (c *Client) UpdateAuthorization(ctx context.Context, id int64, in AuthorizationUpdate) (*Authorization, error) {
	r := itemRequest(http.MethodPatch, authorizationsPath, id)
	r.Body = in
	return c.remember(throughGate(ctx, c, r, func() (*Authorization, error) { return sendForItem[Authorization](ctx, c, r, id) }))
}

// DeleteAuthorization revokes an authorization with its token. ErrNotFound: there is none.
//
//	DELETE /authorizations/ID
func (c *Client) DeleteAuthorization(ctx context.Context, id int64) error {
	return c.delete(ctx, itemRequest(http.MethodDelete, authorizationsPath, id))
}

func (c *Client) delete(ctx context.Context, r transport.Request) error {
	_, err := throughGate(ctx, c, r, func() (none struct{}, err error) {
		a, _ := c.send(ctx, r, c.budget(c.config.MaxWait))
		return none, c.decode(ctx, r, a, nil, http.StatusNoContent)
	})
	return err
}
