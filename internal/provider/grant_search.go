package provider

import (
	"context"
	"errors"
	"strconv"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// findGrant is GetGrant, with ErrNotFound for what is not there only: where the
// server has no such API nothing is found either, which the list tells.
func (c *runClient) findGrant(ctx context.Context, id int64) (*ghes.Grant, error) {
	g, err := c.GetGrant(ctx, id)
	if errors.Is(err, ghes.ErrNotFound) {
		if _, reason := c.ListGrants(ctx, ""); reason != nil {
			err = reason
		}
	}
	return g, err
}

// grantsTo returns the numbers of the user's grants to an app, and the last of
// them.
func (c *runClient) grantsTo(ctx context.Context, clientID string) (found *ghes.Grant, numbers []string, err error) {
	all, err := c.ListGrants(ctx, clientID)
	for _, g := range all {
		// Servers before GHES 3.0 list those of all apps.
		if g.App.ClientID == clientID {
			found, numbers = &g, append(numbers, strconv.FormatInt(g.ID, 10))
		}
	}
	return found, numbers, err
}
