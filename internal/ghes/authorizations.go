package ghes

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/go-github/v92/github"
)

// NoApp is the client ID in the app of a personal access token.
const NoApp = "00000000000000000000"

// Authorization is a token of the user, with what it may do and what it is
// for. What the server gives as null or leaves out is the zero value here; it
// treats null and "" alike.
type Authorization struct {
	ID  int64  `json:"id"`
	URL string `json:"url"`
	// App is the OAuth app that the token is for. For a personal access token
	// its client ID is NoApp, and its name and URL follow Note and NoteURL.
	App App `json:"app"`
	// Token is the secret. The server shows it in the 201 that made it and
	// never again: everywhere else it is "".
	Token string `json:"token"`
	// HashedToken is the lower-case hex SHA-256 of the token.
	HashedToken    string `json:"hashed_token"`
	TokenLastEight string `json:"token_last_eight"`
	// Note is null for an app's token that was made without one.
	Note string `json:"note"`
	// NoteURL is any text; the server does not check that it is a URL.
	NoteURL string `json:"note_url"`
	// Fingerprint tells the tokens of one app and user apart; null where not given.
	Fingerprint string `json:"fingerprint"`
	// Scopes are in the order in which they were asked for.
	Scopes    []string  `json:"scopes"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// ExpiresAt is zero where the token does not expire, and before GHES 3.2.
	ExpiresAt time.Time `json:"expires_at"`
}

// ClientID returns the client ID of the app that the token is for, "" for a
// personal access token.
func (a *Authorization) ClientID() string {
	if a.App.ClientID == NoApp {
		return ""
	}
	return a.App.ClientID
}

func (a Authorization) number() int64 { return a.ID }

// App is an OAuth app as authorizations and grants name it.
type App struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	ClientID string `json:"client_id"`
}

// AuthorizationRequest is the body that makes an authorization.
type AuthorizationRequest struct {
	// Scopes may be empty: the token then reads public information only.
	Scopes []string `json:"scopes"`
	// Note is required, and unique among the user's, for a personal access token.
	Note    string `json:"note,omitempty"`
	NoteURL string `json:"note_url,omitempty"`
	// ClientID, of at most 20 characters, and ClientSecret, of at most 40, are
	// the app's. The routes that have the client ID in the path take no other.
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
	Fingerprint  string `json:"fingerprint,omitempty"`
	// Unique says that Note was made for this request alone. What has it is then
	// this request's, should the answer be lost.
	Unique bool `json:"-"`
}

// AuthorizationUpdate is the body that changes an authorization. What is nil
// stays as it is.
type AuthorizationUpdate struct {
	// Scopes replace all that there were; an empty list clears them.
	Scopes      *[]string  `json:"scopes,omitempty"`
	Note        *Clearable `json:"note,omitempty"`
	NoteURL     *Clearable `json:"note_url,omitempty"`
	Fingerprint *string    `json:"fingerprint,omitempty"`
}

// Clearable is text that is sent as null when it is empty, which is how the
// server is told to drop what it has.
type Clearable string

// MarshalJSON implements json.Marshaler.
func (c Clearable) MarshalJSON() ([]byte, error) {
	if c == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(c))
}

// GetAuthorization returns one authorization of the user as it is in this run,
// without its token. Of many reads most are served from pages of the list, none of
// which is older than what this client wrote last.
//
//	GET /authorizations/ID
//	GET /authorizations
//
// The errors are those of GetAuthorizationNow.
func (c *Client) GetAuthorization(ctx context.Context, id int64) (*Authorization, error) {
	if c.unavailable == nil && !c.byNumber {
		a, err := c.currentSweep().find(ctx, c, id)
		if err != nil {
			return nil, err
		}
		if a != nil {
			c.shown.note(id)
			return a, nil
		}
	}
	return c.GetAuthorizationNow(ctx, id)
}

// GetAuthorizationNow returns one authorization of the user as it is at this time,
// without its token.
//
//	GET /authorizations/ID
//
// ErrNotFound, which the server also answers for other users' authorizations,
// is returned only once the list has answered 200 to this client; ErrNotOffered
// where the list is missing as well.
func (c *Client) GetAuthorizationNow(ctx context.Context, id int64) (*Authorization, error) {
	a, resp, err := call[Authorization](ctx, c, http.MethodGet, authorizationPath(id), nil, http.StatusOK)
	if errors.Is(err, ErrNotFound) {
		if reason := c.checkOffered(ctx); reason != nil {
			return nil, reason
		}
	}
	if err != nil {
		return nil, err
	}
	c.shown.note(id)
	return c.checked(&a, resp, id)
}

// ListAuthorizations returns the user's authorizations of every kind, without
// their tokens, in order of number. With a client ID it asks for those of one
// app (GHES 3.0 and newer; older servers return all).
//
//	GET /authorizations
//
// ErrNotOffered where the server has no such API.
func (c *Client) ListAuthorizations(ctx context.Context, clientID string) ([]Authorization, error) {
	all, err := list(ctx, c, "authorizations", clientID, c.getListed)
	if err != nil {
		return nil, err
	}
	c.noteOffered()
	return all, nil
}

// getListed is GetAuthorizationNow once the list has answered.
func (c *Client) getListed(ctx context.Context, id int64) (*Authorization, error) {
	c.noteOffered()
	return c.GetAuthorizationNow(ctx, id)
}

// SearchAuthorizations returns the user's authorizations that match, in order of
// number: all of them unless limit is positive, or else no more than so many. It reads no
// page after the one that completes these, and pages have an order of the server's,
// so that others may have lower numbers. clientID is as for ListAuthorizations.
//
//	GET /authorizations
//
// ErrNotOffered where the server has no such API.
func (c *Client) SearchAuthorizations(ctx context.Context, clientID string, limit int64, matches func(Authorization) bool) ([]Authorization, error) {
	if limit <= 0 {
		limit = math.MaxInt64
	}
	found := map[int64]bool{} // what moves between pages may be on two of them
	items, pages, err := readPages(ctx, c, "authorizations", clientID, func(a Authorization) bool {
		if matches(a) {
			found[a.ID] = true
		}
		return int64(len(found)) >= limit
	})
	if err == nil && pages > 1 && int64(len(found)) < limit {
		items, err = readAgain(ctx, c, "authorizations", clientID, items, c.getListed)
	}
	if err != nil {
		return nil, err
	}
	c.noteOffered()
	all := slices.DeleteFunc(inOrder(items), func(a Authorization) bool { return !matches(a) })
	return all[:min(int64(len(all)), limit)], nil
}

// FindAuthorization returns the first of the user's authorizations that matches,
// and nil where none does. It reads no more pages than it needs to; clientID is
// as for ListAuthorizations.
//
//	GET /authorizations
//
// ErrNotOffered where the server has no such API.
func (c *Client) FindAuthorization(ctx context.Context, clientID string, matches func(Authorization) bool) (*Authorization, error) {
	var found *Authorization
	_, pages, err := readPages(ctx, c, "authorizations", clientID, func(a Authorization) bool {
		if found == nil && matches(a) {
			found = &a
		}
		return found != nil
	})
	if err != nil || found != nil || pages == 1 {
		return found, err
	}
	all, err := c.ListAuthorizations(ctx, clientID)
	if i := slices.IndexFunc(all, matches); i >= 0 {
		return &all[i], nil
	}
	return nil, err
}

// UpdateAuthorization changes an authorization. Its token stays valid.
//
//	PATCH /authorizations/ID
//
// ErrNotFound where it is gone. A 422 is as for CreateAuthorization.
func (c *Client) UpdateAuthorization(ctx context.Context, id int64, in AuthorizationUpdate) (*Authorization, error) {
	a, resp, err := call[Authorization](ctx, c, http.MethodPatch, authorizationPath(id), in, http.StatusOK)
	if err != nil {
		return nil, err
	}
	c.shown.note(id)
	return c.checked(&a, resp, id)
}

// DeleteAuthorization revokes an authorization with its token.
//
//	DELETE /authorizations/ID
//
// ErrNotFound where it is gone.
func (c *Client) DeleteAuthorization(ctx context.Context, id int64) error {
	_, _, err := call[struct{}](ctx, c, http.MethodDelete, authorizationPath(id), nil, http.StatusNoContent)
	return err
}

func authorizationPath(id int64) string { return "authorizations/" + strconv.FormatInt(id, 10) }

// checked refuses an answer that is JSON but no authorization, or not the one
// of that number.
func (c *Client) checked(a *Authorization, resp *github.Response, id int64) (*Authorization, error) {
	if a.number() <= 0 || id != 0 && a.number() != id {
		return nil, c.failure(resp.Request, resp, errNoNumber)
	}
	return a, nil
}
