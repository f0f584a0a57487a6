package ghes

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Grant is an OAuth app's permission to act for the user. All the app's tokens
// for the user stand on it.
type Grant struct {
	ID        int64     `json:"id"`
	URL       string    `json:"url"`
	App       App       `json:"app"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// Scopes are those of all its tokens together.
	Scopes []string `json:"scopes"`
}

func (g Grant) number() int64 { return g.ID }

// GetGrant returns one grant of the user.
//
//	GET /applications/grants/ID
//
// ErrNotFound where there is none of that number.
func (c *Client) GetGrant(ctx context.Context, id int64) (*Grant, error) {
	g, resp, err := call[Grant](ctx, c, http.MethodGet, grantPath(id), nil, http.StatusOK)
	if err != nil {
		return nil, err
	}
	if g.ID != id {
		return nil, c.failure(resp.Request, resp, errNoNumber)
	}
	return &g, nil
}

// ListGrants returns the user's grants, in order of number. With a client ID
// it asks for that app's only (GHES 3.0 and newer; older servers return all).
//
//	GET /applications/grants
//
// ErrNotOffered where the server has no such API.
func (c *Client) ListGrants(ctx context.Context, clientID string) ([]Grant, error) {
	return list(ctx, c, "applications/grants", clientID, c.GetGrant)
}

// DeleteGrant revokes a grant with all tokens that stand on it.
//
//	DELETE /applications/grants/ID
//
// ErrNotFound where it is gone.
func (c *Client) DeleteGrant(ctx context.Context, id int64) error {
	_, _, err := call[struct{}](ctx, c, http.MethodDelete, grantPath(id), nil, http.StatusNoContent)
	return err
}

func grantPath(id int64) string { return "applications/grants/" + strconv.FormatInt(id, 10) }
