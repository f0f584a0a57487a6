package ghes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sync/semaphore"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
)

// CreateAuthorization creates a personal access token or, with a client ID and secret, a token for
// an OAuth app. The token is in the response.
//
//	POST /authorizations
//
// ErrAlreadyExists says that the user has another personal access token with the note, which a 422
// calls "description", or a token for the app and fingerprint. A wrong client ID or secret is
// ErrBadClient. ErrNotOffered says that the server has no such API.
//
// If the response is lost, the client deletes what the server has created, and creates it again. If
// it cannot, the error has a *LeftBehindError, and the client creates nothing more. An
// authorization beside an error has its token, but another part of the response was not understood.
func (c *Client) CreateAuthorization(ctx context.Context, in AuthorizationRequest) (*Authorization, error) {
	a, _, err := c.create(ctx, createOp{
		request: transport.Request{Method: http.MethodPost, Path: authorizationsPath},
		in:      in,
		want:    []int{http.StatusCreated},
	}, in)
	return a, c.notOffered(ctx, err)
}

// GetOrCreateAuthorization returns the authorization of in's app and fingerprint. If there is none
// it is created, which the second result says. A fingerprint that no path can carry is in the body.
//
//	PUT /authorizations/clients/CLIENT_ID
//	PUT /authorizations/clients/CLIENT_ID/FINGERPRINT
//
// An existing one has no token and stays as it is. The rest is as for CreateAuthorization.
func (c *Client) GetOrCreateAuthorization(ctx context.Context, in AuthorizationRequest) (*Authorization, bool, error) {
	op := createOp{
		request: transport.Request{Method: http.MethodPut, Path: authorizationsPath + "/clients/" + url.PathEscape(in.ClientID)},
		in:      in,
		want:    []int{http.StatusOK, http.StatusCreated},
	}
	if !IsPathElement(in.ClientID) {
		return nil, false, c.newError(op.request, fmt.Errorf("%q cannot be part of a path", in.ClientID))
	}
	if IsPathElement(in.Fingerprint) {
		op.request.Path += "/" + url.PathEscape(in.Fingerprint)
		in.Fingerprint = ""
	}
	in.ClientID = "" // It is in the path; the server ignores it in the body.
	a, created, err := c.create(ctx, op, in)
	if e, ok := errors.AsType[*Error](err); ok && e.Is(ErrNotFound) {
		e.Err = ErrBadClient
	}
	return a, created, err
}

// IsPathElement reports whether a client ID, a fingerprint or a username can be one element of a
// path. Servers and proxies resolve "." and "..", and decode "%2F".
func IsPathElement(s string) bool {
	return !slices.Contains([]string{"", ".", ".."}, s) && !strings.Contains(s, "/")
}

// createOp is a request that creates an authorization.
type createOp struct {
	request transport.Request
	in      AuthorizationRequest // in the request's path or body
	want    []int                // the statuses of success

	impersonated string // the user whom an impersonation token is for, and nothing else of in
}

// String names the authorization. The server has at most one of that name.
func (op createOp) String() string {
	switch {
	case op.impersonated != "":
		return fmt.Sprintf("an impersonation token of user %q", op.impersonated)
	case op.in.ClientID == "":
		return fmt.Sprintf("an authorization with note %q", op.in.Note)
	case op.in.Fingerprint != "":
		return fmt.Sprintf("an authorization of app %s with fingerprint %q", op.in.ClientID, op.in.Fingerprint)
	}
	return "an authorization of app " + op.in.ClientID
}

// matches reports whether a may be of this create: the server would not create one beside it.
func (op createOp) matches(a Authorization) bool {
	isOfApp := a.ClientID() == op.in.ClientID
	if op.in.ClientID == "" {
		return isOfApp && a.Note == op.in.Note
	}
	return isOfApp && a.Fingerprint == op.in.Fingerprint
}

// equals reports whether a has everything that was asked for, and was not changed since.
func (op createOp) equals(a Authorization) bool {
	texts := [4]string{a.ClientID(), a.Fingerprint, a.Note, a.NoteURL}
	want := [4]string{op.in.ClientID, op.in.Fingerprint, op.in.Note, op.in.NoteURL}
	return texts == want && SameScopes(a.Scopes, op.in.Scopes) && a.UpdatedAt.Equal(a.CreatedAt)
}

// create runs op after any other of the same name, which might take its authorization for its own.
func (c *Client) create(ctx context.Context, op createOp, body AuthorizationRequest) (*Authorization, bool, error) {
	c.config.Secrets.Add(body.ClientSecret)
	body.Scopes = append([]string{}, body.Scopes...) // never null
	op.request.Body, op.request.Object = body, op.String()
	stored, _ := c.creating.LoadOrStore(op.String(), semaphore.NewWeighted(1))
	turn, _ := stored.(*semaphore.Weighted)
	if err := turn.Acquire(ctx, 1); err != nil {
		return nil, false, err
	}
	defer turn.Release(1)
	last, err := throughGate(ctx, c, op.request, func() (createResult, error) { return c.runCreate(ctx, op) })
	if err != nil && !last.hasToken() {
		return nil, false, err
	}
	a, err := c.remember(last.authorization, err)
	return a, last.created, err
}
