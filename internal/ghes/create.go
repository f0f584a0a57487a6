package ghes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
)

// CreateAuthorization creates a personal access token or, with a client ID and secret, a token for
// an OAuth app. The token is in the response.
//
//	POST /authorizations
//
// A 422 calls the note "description". ErrAlreadyExists says that the user has another personal
// access token with the note, or a token for the app and fingerprint. A wrong client ID or secret
// is ErrBadClient. ErrNotOffered says that the server has no such API.
//
// If the response is lost, the client finds and deletes what the server created, and creates it
// again. A *LeftBehindError in the error says that something may be left; the client then creates
// nothing more. An authorization beside an error has its token, but another part of the response
// was not understood.
func (c *Client) CreateAuthorization(ctx context.Context, in AuthorizationRequest) (*Authorization, error) {
	a, _, err := c.create(ctx, createOp{
		request: transport.Request{Method: http.MethodPost, Path: authorizationsPath},
		in:      in, clientID: in.ClientID, fingerprint: in.Fingerprint,
		want: []int{http.StatusCreated},
	})
	return a, c.notOffered(ctx, err)
}

// GetOrCreateAuthorization returns the authorization of in's app and fingerprint. If there is none
// it is created, which the second result says. A fingerprint that no path can carry is in the body.
//
//	PUT /authorizations/clients/CLIENT_ID
//	PUT /authorizations/clients/CLIENT_ID/FINGERPRINT
//
// An existing authorization has no token in the response, and nothing of in is stored. Otherwise it
// is like CreateAuthorization.
func (c *Client) GetOrCreateAuthorization(ctx context.Context, in AuthorizationRequest) (*Authorization, bool, error) {
	op := createOp{
		request: transport.Request{Method: http.MethodPut, Path: authorizationsPath + "/clients/" + url.PathEscape(in.ClientID)},
		in:      in, clientID: in.ClientID, fingerprint: in.Fingerprint,
		want: []int{http.StatusOK, http.StatusCreated},
	}
	if !IsPathElement(in.ClientID) {
		return nil, false, c.newError(op.request, fmt.Errorf("%q cannot be part of a path", in.ClientID))
	}
	if IsPathElement(in.Fingerprint) {
		op.request.Path += "/" + url.PathEscape(in.Fingerprint)
		op.in.Fingerprint = ""
	}
	op.in.ClientID = "" // It is in the path; the server ignores it in the body.
	a, created, err := c.create(ctx, op)
	if e, ok := errors.AsType[*Error](err); ok && e.Is(ErrNotFound) {
		e.Err = ErrBadClient
	}
	return a, created, err
}

// IsPathElement reports whether a client ID or fingerprint can be one element of a path. Servers
// and proxies resolve "." and "..", and decode "%2F".
func IsPathElement(s string) bool {
	return !slices.Contains([]string{"", ".", ".."}, s) && !strings.Contains(s, "/")
}

// createOp is a request that creates an authorization.
type createOp struct {
	request               transport.Request
	in                    AuthorizationRequest // the body
	clientID, fingerprint string               // wherever the request has them; a personal access token has no client ID
	want                  []int                // the statuses of success
}

// String names the authorization. The server has at most one of that name.
func (op createOp) String() string {
	switch {
	case op.clientID == "":
		return fmt.Sprintf("an authorization with note %q", op.in.Note)
	case op.fingerprint != "":
		return fmt.Sprintf("an authorization of app %s with fingerprint %q", op.clientID, op.fingerprint)
	}
	return "an authorization of app " + op.clientID
}

// matches reports whether a may be of this create: the server would not create one beside it.
func (op createOp) matches(a Authorization) bool {
	key, want := [2]string{a.ClientID(), a.Fingerprint}, [2]string{op.clientID, op.fingerprint}
	if op.clientID == "" {
		key[1], want[1] = a.Note, op.in.Note
	}
	return key == want
}

// equals reports whether a has everything that was asked for, and was not changed since.
func (op createOp) equals(a Authorization) bool {
	texts := [4]string{a.ClientID(), a.Fingerprint, a.Note, a.NoteURL}
	want := [4]string{op.clientID, op.fingerprint, op.in.Note, op.in.NoteURL}
	return texts == want && SameScopes(a.Scopes, op.in.Scopes) && a.UpdatedAt.Equal(a.CreatedAt)
}

// create runs op, after any other of the same name: of two at once, each would take the other's
// authorization for its own.
func (c *Client) create(ctx context.Context, op createOp) (*Authorization, bool, error) {
	c.config.Secrets.Add(op.in.ClientSecret)
	if op.in.Scopes == nil {
		op.in.Scopes = []string{}
	}
	op.request.Body = op.in
	stored, _ := c.creating.LoadOrStore(op.String(), &sync.Mutex{})
	lock, _ := stored.(*sync.Mutex)
	lock.Lock()
	defer lock.Unlock()
	last, err := throughGate(ctx, c, op.request, func() (createResult, error) { return c.runCreate(ctx, op) })
	if err != nil && !last.hasToken() {
		return nil, false, err
	}
	a, err := c.remember(last.authorization, err)
	return a, last.created, err
}
