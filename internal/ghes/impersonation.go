package ghes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
)

// impersonationToken is an authorization whose token is kept wherever a response shows it.
type impersonationToken Authorization

// CreateImpersonationToken creates a token that acts as another user. The server keeps one for each
// user: if there is one, it is returned as it is, and the second result is false. The response may not
// show the token of an existing one. The client needs the token of a site administrator.
//
//	POST /admin/users/USERNAME/authorizations
//
// An error beside true says that the server has created a token, but the response was not understood.
// After a lost response the error has a *LeftBehindError, and the client creates nothing more. It does
// not look for a token and deletes none, because the token on the server may be somebody else's. A 404
// is ErrNoUser, ErrNoSiteAdmin or, if the response does not tell which, ErrNoUserOrScope.
func (c *Client) CreateImpersonationToken(ctx context.Context, username string, scopes []string) (*Authorization, bool, error) {
	op := createOp{
		request:      impersonationRequest(http.MethodPost, username),
		want:         []int{http.StatusOK, http.StatusCreated},
		impersonated: username,
	}
	op.request.Body = AuthorizationRequest{Scopes: append([]string{}, scopes...)} // never null
	if !IsPathElement(username) {
		return nil, false, c.newError(op.request, fmt.Errorf("%q cannot be part of a path", username))
	}
	result, err := throughGate(ctx, c, op.request, func() (createResult, error) {
		result := c.impersonate(ctx, op)
		return result, result.failure
	})
	return result.authorization, result.created, err
}

// DeleteImpersonationToken revokes the impersonation token of a user, no matter who has
// created it. ErrNotFound: there is none.
//
//	DELETE /admin/users/USERNAME/authorizations
func (c *Client) DeleteImpersonationToken(ctx context.Context, username string) error {
	return c.delete(ctx, impersonationRequest(http.MethodDelete, username))
}

// ImpersonationURL returns the address to which DELETE revokes the impersonation token of a user.
func (c *Client) ImpersonationURL(username string) string {
	return c.config.BaseURL.String() + impersonationRequest(http.MethodDelete, username).Path
}

func impersonationRequest(method, username string) transport.Request {
	return transport.Request{
		Method: method, Path: "admin/users/" + url.PathEscape(username) + "/authorizations",
		Object: fmt.Sprintf("the impersonation token of user %q", username),
	}
}

// impersonate sends the request that creates an impersonation token, and reads the response.
func (c *Client) impersonate(ctx context.Context, op createOp) createResult {
	if err := c.checkStopped(op); err != nil {
		return createResult{failure: err}
	}
	attempt, _ := c.send(ctx, op.request, c.budget(c.config.MaxWait))
	token := impersonationToken{}
	result := createResult{Attempt: attempt, failure: c.decode(ctx, op.request, attempt, &token, op.want...)}
	result.created = attempt.Status() == http.StatusCreated && !errors.Is(result.failure, ErrNotJSON)
	if result.created || result.failure == nil {
		result.authorization = (*Authorization)(&token)
	}
	switch e, isError := errors.AsType[*Error](result.failure); {
	case !result.created && attempt.Status() != http.StatusOK && result.isLost():
		result.failure = c.leftBehind(op, result, 0, nil)
	case isError && e.Is(ErrNotFound):
		e.Err = c.explainNotFound(attempt.Response.Header)
	}
	return result
}

// explainNotFound says what a 404 for an impersonation token means. The server names the scopes of the
// admin token in a header, as a rule.
func (c *Client) explainNotFound(header http.Header) error {
	const name = "X-Oauth-Scopes"
	scopes := strings.FieldsFunc(header.Get(name), func(r rune) bool { return r == ',' || r == ' ' })
	switch {
	case header[name] == nil:
		return ErrNoUserOrScope
	case slices.Contains(scopes, "site_admin"):
		return ErrNoUser
	case len(scopes) == 0:
		return fmt.Errorf("%w: it has no scope", ErrNoSiteAdmin)
	}
	return fmt.Errorf("%w: it has %s", ErrNoSiteAdmin, c.config.Secrets.Sanitize(strings.Join(scopes, ", "), 300))
}
