package ghes

import (
	"context"
	"net/http"
)

// operation is one of the API's operations, with arguments for all tests.
type operation struct {
	call     func(context.Context, *Client) error
	statuses []int  // of success
	body     string // of a response with such a status
	creates  bool   // may create a token
	once     bool   // is not sent again once its response is lost
}

// operations returns the operations by name. PUT has two paths.
func operations() map[string]operation {
	const found, created, deleted = http.StatusOK, http.StatusCreated, http.StatusNoContent
	return map[string]operation{
		"create": {func(ctx context.Context, c *Client) error {
			_, err := c.CreateAuthorization(ctx, AuthorizationRequest{})
			return err
		}, []int{created}, `{"id":1}`, true, false},
		"get or create": {func(ctx context.Context, c *Client) error {
			_, _, err := c.GetOrCreateAuthorization(ctx, AuthorizationRequest{ClientID: "app"})
			return err
		}, []int{found, created}, `{"id":1}`, true, false},
		"get or create by fingerprint": {func(ctx context.Context, c *Client) error {
			_, _, err := c.GetOrCreateAuthorization(ctx, AuthorizationRequest{ClientID: "app", Fingerprint: "ci"})
			return err
		}, []int{found, created}, `{"id":1}`, true, false},
		"get": {func(ctx context.Context, c *Client) error {
			_, err := c.RefreshAuthorization(ctx, 1)
			return err
		}, []int{found}, `{"id":1}`, false, false},
		"list": {func(ctx context.Context, c *Client) error {
			_, err := c.ListAuthorizations(ctx, "")
			return err
		}, []int{found}, `[]`, false, false},
		"update": {func(ctx context.Context, c *Client) error {
			_, err := c.UpdateAuthorization(ctx, 1, AuthorizationUpdate{})
			return err
		}, []int{found}, `{"id":1}`, false, false},
		"delete": {func(ctx context.Context, c *Client) error {
			return c.DeleteAuthorization(ctx, 1)
		}, []int{deleted}, ``, false, false},
		"get grant": {func(ctx context.Context, c *Client) error {
			_, err := c.GetGrant(ctx, 1)
			return err
		}, []int{found}, `{"id":1}`, false, false},
		"list grants": {func(ctx context.Context, c *Client) error {
			_, err := c.ListGrants(ctx, "")
			return err
		}, []int{found}, `[]`, false, false},
		"delete grant": {func(ctx context.Context, c *Client) error {
			return c.DeleteGrant(ctx, 1)
		}, []int{deleted}, ``, false, false},
		"create impersonation token": {func(ctx context.Context, c *Client) error {
			_, _, err := c.CreateImpersonationToken(ctx, "hubot", nil)
			return err
		}, []int{found, created}, `{"id":1}`, true, true},
		"delete impersonation token": {func(ctx context.Context, c *Client) error {
			return c.DeleteImpersonationToken(ctx, "hubot")
		}, []int{deleted}, ``, false, false},
	}
}
