package ghes

import (
	"context"
	"net/http"
	"time"
)

// Grant is an OAuth app's permission to act for the user, on which all its tokens depend.
type Grant struct {
	ID        int64     `json:"id"`
	URL       string    `json:"url"`
	App       App       `json:"app"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Scopes    []string  `json:"scopes"` // those of all its tokens together
}

func (g Grant) identifier() int64 { return g.ID }

const grantsPath = "applications/grants"

// GetGrant returns one grant of the user. ErrNotFound: there is none.
//
//	GET /applications/grants/ID
func (c *Client) GetGrant(ctx context.Context, id int64) (*Grant, error) {
	r := itemRequest(http.MethodGet, grantsPath, id)
	return throughGate(ctx, c, r, func() (*Grant, error) { return sendForItem[Grant](ctx, c, r, id) })
}

// ListGrants returns the user's grants, or those of one app, as SearchAuthorizations does.
//
//	GET /applications/grants
func (c *Client) ListGrants(ctx context.Context, clientID string) ([]Grant, error) {
	return searchList(ctx, c, grantsPath, clientID, 0, readings, func(Grant) bool { return true })
}

// DeleteGrant revokes a grant with all tokens that depend on it. ErrNotFound: there is none.
//
//	DELETE /applications/grants/ID
func (c *Client) DeleteGrant(ctx context.Context, id int64) error {
	return c.delete(ctx, itemRequest(http.MethodDelete, grantsPath, id))
}
