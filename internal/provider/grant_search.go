package provider

import (
	"context"
	"errors"
	"strconv"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// findGrant returns grant id. Its error is ErrNotFound only if the server offers the
// API: without the API, every ID is a 404, and the error is that of the list.
func (s *session) findGrant(ctx context.Context, id int64) (*ghes.Grant, error) {
	g, err := s.GetGrant(ctx, id)
	if errors.Is(err, ghes.ErrNotFound) {
		if _, listErr := s.ListGrants(ctx, ""); listErr != nil {
			err = listErr
		}
	}
	return g, err
}

// grantsTo returns the IDs of the user's grants to an app, and the last of these
// grants.
func (s *session) grantsTo(ctx context.Context, clientID string) (found *ghes.Grant, ids []string, err error) {
	all, err := s.ListGrants(ctx, clientID)
	for _, g := range all {
		// Servers before GHES 3.0 ignore the client ID in the request.
		if g.App.ClientID == clientID {
			found, ids = &g, append(ids, strconv.FormatInt(g.ID, 10))
		}
	}
	return found, ids, err
}
