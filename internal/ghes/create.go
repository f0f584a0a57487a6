package ghes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v92/github"
)

// CreateAuthorization makes a personal access token or, with a client ID and
// secret, an app's token.
//
//	POST /authorizations
//
// The token is in the answer. A 422 with field "description" is about the
// note: missing_field, or already_exists when the user has another personal
// access token of that note. With field "fingerprint" and already_exists the
// user has a token for the app and fingerprint. A wrong client ID or secret is
// a 422 with a message only. ErrNotOffered where the server has no such API.
//
// An authorization beside an error is one that was made and shows its token, in
// an answer of which something else could not be understood. Where an answer is
// lost, what the server made is deleted and the request sent again, as often as
// Config allows; a *LeftBehindError is in the error where that failed.
func (c *Client) CreateAuthorization(ctx context.Context, in AuthorizationRequest) (*Authorization, error) {
	a, resp, err := (&making{
		Client: c, method: http.MethodPost, path: "authorizations", in: c.outgoing(in),
		clientID: in.ClientID, fingerprint: in.Fingerprint, want: []int{http.StatusCreated},
	}).create(ctx)
	if err != nil && !shownToken(a, resp) {
		return nil, c.notOffered(ctx, err)
	}
	return a, err
}

// GetOrCreateAuthorizationForApp returns the app's authorization without a
// fingerprint, or the one with in's fingerprint, and makes it where there is
// none; created tells which.
//
//	PUT /authorizations/clients/CLIENT_ID
//
// What exists is returned without its token, and nothing of in is stored. A
// wrong client ID or secret is ErrBadClient, whether the server says 422 or 404.
// An authorization beside an error is as for CreateAuthorization.
func (c *Client) GetOrCreateAuthorizationForApp(ctx context.Context, clientID string, in AuthorizationRequest) (a *Authorization, created bool, err error) {
	return c.getOrCreate(ctx, in, clientID)
}

// GetOrCreateAuthorizationForAppAndFingerprint is
// GetOrCreateAuthorizationForApp with the fingerprint in the path.
//
//	PUT /authorizations/clients/CLIENT_ID/FINGERPRINT
//
// "", ".", ".." and fingerprints with a slash are errors: the route cannot
// carry them.
func (c *Client) GetOrCreateAuthorizationForAppAndFingerprint(ctx context.Context, clientID, fingerprint string, in AuthorizationRequest) (a *Authorization, created bool, err error) {
	in.Fingerprint = ""
	return c.getOrCreate(ctx, in, clientID, fingerprint)
}

func (c *Client) getOrCreate(ctx context.Context, in AuthorizationRequest, elements ...string) (*Authorization, bool, error) {
	path := "authorizations/clients"
	for _, element := range elements {
		if !IsPathElement(element) {
			return nil, false, &Error{Method: http.MethodPut, Path: c.root + path, Err: fmt.Errorf("%q cannot be part of a path", element)}
		}
		path += "/" + url.PathEscape(element)
	}
	in.ClientID = "" // in the path; the server ignores it in the body
	m := making{
		Client: c, method: http.MethodPut, path: path, in: c.outgoing(in),
		clientID: elements[0], fingerprint: in.Fingerprint, want: []int{http.StatusOK, http.StatusCreated},
	}
	if len(elements) > 1 {
		m.fingerprint = elements[1]
	}
	a, resp, err := m.create(ctx)
	if e, ok := errors.AsType[*Error](err); ok && e.Is(ErrNotFound) {
		unknown := *e
		unknown.Err = ErrBadClient
		err = &unknown
	}
	if err != nil && !shownToken(a, resp) {
		return nil, false, err
	}
	return a, resp.StatusCode == http.StatusCreated, err
}

// shownToken reports that a was made and its token is there, whatever else may
// be wrong with the answer.
func shownToken(a *Authorization, resp *github.Response) bool {
	return a != nil && resp != nil && resp.Response != nil && resp.StatusCode == http.StatusCreated && a.ID > 0 && a.Token != ""
}

// IsPathElement reports whether a client ID or fingerprint can be one element
// of a path: servers and proxies resolve "." and "..", and decode "%2F".
func IsPathElement(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.Contains(s, "/")
}

// outgoing returns in with a list of scopes that is never null, and masks its
// secret from now on.
func (c *Client) outgoing(in AuthorizationRequest) AuthorizationRequest {
	c.secrets.Add(in.ClientSecret)
	if in.Scopes == nil {
		in.Scopes = []string{}
	}
	return in
}
