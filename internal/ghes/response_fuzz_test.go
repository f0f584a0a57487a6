package ghes

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// fuzzToken has the form of a token, but a wrong checksum.
const fuzzToken = "ghp_notARealTokenNotARealTokenNotARe00000"

// fuzzSecret is the client secret in these tests.
const fuzzSecret = "not-a-real-secret/1"

// FuzzAnswers gives the client any response, as bytes on the wire. If it is not a response of the
// API, the call returns an error that can be printed.
func FuzzAnswers(f *testing.F) {
	const (
		typeJSON = "Content-Type: application/json; charset=utf-8"
		one      = `{"id":7,"url":"https://ghes.example.com/api/v3/authorizations/7","app":{"name":"ci","url":"","client_id":"00000000000000000000"},"token":"` + fuzzToken + `",` +
			`"hashed_token":"26f6","token_last_eight":"Re00000","note":"ci","note_url":null,"created_at":"2018-09-30T19:47:15Z","updated_at":"2018-09-30T19:47:15Z","scopes":["repo"],"fingerprint":null}`
		invalid = `{"message":"Validation Failed","errors":[{"resource":"OauthAccess","code":"already_exists","field":"description"},{"code":"custom","message":"` + fuzzSecret + `"}]}`
		echoed  = `{"message":"You sent Authorization: Basic b2N0b2NhdDpjb3JyZWN0LWhvcnNl, {\"client_secret\":\"not-a-real-secret\/1\"}, correct-horse"}`
	)
	for _, seed := range []struct {
		operation uint8
		status    int
		header    string
		body      string
	}{
		{0, 201, typeJSON, one},
		{0, 200, typeJSON, one},
		{0, 201, typeJSON, strings.Replace(one, `"scopes":["repo"]`, `"scopes":"repo"`, 1)},
		{0, 201, typeJSON, strings.Replace(one, "2018-09-30T", "2018-09-30 ", 1)},
		{0, 422, typeJSON, invalid},
		{0, 307, "Location: //correct-horse@elsewhere.example.com/%zz", ""},
		{1, 200, typeJSON, one},
		{1, 201, typeJSON, one},
		{1, 201, "", "{}"}, // created, without an ID
		{1, 404, typeJSON, `{"message":"Not Found"}`},
		{2, 200, typeJSON, one},
		{2, 302, "Location: https://correct-horse.example.com/", ""},
		{2, 307, "Location: /prefix/api/v3/authorizations/8", ""},
		{2, 401, "X-GitHub-OTP: required; app\r\n" + typeJSON, `{"message":"Must specify two-factor authentication OTP code."}`},
		{2, 403, "Content-Type: text/html", "<p>Cookies must be enabled: correct-horse</p>"},
		{2, 403, "X-RateLimit-Remaining: 0\r\n" + typeJSON, echoed},
		{2, 429, "Retry-After: 60\r\n" + typeJSON, `{"message":"You have exceeded a secondary rate limit","documentation_url":"x#secondary-rate-limits"}`},
		{2, 500, "X-GitHub-Request-Id: correct-horse", echoed},
		{2, 404, typeJSON, `{"message":["correct-horse"]}`},
		{3, 200, "Link: <?page=2>; rel=\"next\"\r\n" + typeJSON, "[" + one + "]"},
		{3, 200, typeJSON, "[" + one + ",null]"},
		{3, 410, typeJSON, `{"message":"Gone"}`},
		{4, 200, typeJSON, one},
		{4, 202, typeJSON, one},
		{5, 204, "Content-Type: application/octet-stream", ""},
		{6, 200, typeJSON, one},
		{7, 200, "Content-Length: 999\r\n" + typeJSON, "[" + one + "]"},
		{7, 200, "correct-horse", ""},
	} {
		f.Add(seed.operation, seed.status, seed.header, seed.body)
	}
	f.Fuzz(func(t *testing.T, operation uint8, status int, header, body string) {
		c := newTestClient(t, "https://ghes.example.com", Config{Connection: Connection{RoundTripper: roundTrip(func(req *http.Request) (*http.Response, error) {
			wire := fmt.Sprintf("HTTP/1.1 %d \r\n%s\r\n\r\n%s", status, header, body)
			return http.ReadResponse(bufio.NewReader(strings.NewReader(wire)), req)
		})}})
		c.Secrets().Add(fuzzSecret) // Not every operation sends it.
		op := fuzzOperations()[operation%8]
		got := op.call(t.Context(), c)
		got.check(t, op, status)
		if got.err != nil {
			checkPrintable(t, got.err)
		}
	})
}

// fuzzOperation is an operation with the values that a successful response to it may
// have.
type fuzzOperation struct {
	call     func(context.Context, *Client) fuzzResult
	statuses []int
	id       int64 // of the authorization or grant that the call names, 0 if it names none
}

// fuzzOperations returns the operations in the order of the seeds.
func fuzzOperations() []fuzzOperation {
	request := AuthorizationRequest{ClientID: "app", ClientSecret: fuzzSecret}
	return []fuzzOperation{
		{func(ctx context.Context, c *Client) fuzzResult {
			a, err := c.CreateAuthorization(ctx, request)
			return authorizationResult(a, a != nil, err)
		}, []int{http.StatusCreated}, 0},
		{func(ctx context.Context, c *Client) fuzzResult {
			a, created, err := c.GetOrCreateAuthorization(ctx, request)
			return authorizationResult(a, created, err)
		}, []int{http.StatusOK, http.StatusCreated}, 0},
		{func(ctx context.Context, c *Client) fuzzResult {
			a, err := c.RefreshAuthorization(ctx, 7)
			return authorizationResult(a, false, err)
		}, []int{http.StatusOK}, 7},
		{func(ctx context.Context, c *Client) fuzzResult {
			all, err := c.ListAuthorizations(ctx, "")
			return fuzzResult{authorizations: all, err: err}
		}, []int{http.StatusOK}, 0},
		{func(ctx context.Context, c *Client) fuzzResult {
			a, err := c.UpdateAuthorization(ctx, 7, AuthorizationUpdate{})
			return authorizationResult(a, false, err)
		}, []int{http.StatusOK}, 7},
		{func(ctx context.Context, c *Client) fuzzResult {
			return fuzzResult{err: c.DeleteAuthorization(ctx, 7)}
		}, []int{http.StatusNoContent}, 7},
		{func(ctx context.Context, c *Client) fuzzResult {
			g, err := c.GetGrant(ctx, 7)
			if g == nil {
				return fuzzResult{err: err}
			}
			return fuzzResult{grants: []Grant{*g}, err: err}
		}, []int{http.StatusOK}, 7},
		{func(ctx context.Context, c *Client) fuzzResult {
			all, err := c.ListGrants(ctx, "")
			return fuzzResult{grants: all, err: err}
		}, []int{http.StatusOK}, 0},
	}
}

// fuzzResult is the result of an operation.
type fuzzResult struct {
	authorizations []Authorization
	grants         []Grant
	isSingle       bool // the operation returned one authorization, not a list
	created        bool
	err            error
}

// authorizationResult is the result of an operation that returns one authorization or nil.
func authorizationResult(a *Authorization, created bool, err error) fuzzResult {
	if a == nil {
		return fuzzResult{created: created, err: err}
	}
	return fuzzResult{authorizations: []Authorization{*a}, isSingle: true, created: created, err: err}
}

// check checks the result of an operation after a response with a status.
func (r fuzzResult) check(t *testing.T, op fuzzOperation, status int) {
	t.Helper()
	if r.err == nil && !slices.Contains(op.statuses, status) {
		t.Errorf("status %d is no error", status)
	}
	if want := r.isSingle && status == http.StatusCreated; r.created != want {
		t.Errorf("created is %t after status %d: %+v", r.created, status, r.authorizations)
	}
	for _, a := range r.authorizations {
		r.checkItem(t, op, a.ID, a.Token)
	}
	for _, g := range r.grants {
		r.checkItem(t, op, g.ID, "")
	}
}

// checkItem checks an authorization or grant of the result. Only an authorization that was created
// has a token, and only such a token may be returned beside an error.
func (r fuzzResult) checkItem(t *testing.T, op fuzzOperation, id int64, token string) {
	t.Helper()
	hasNewToken := r.created && token != ""
	switch {
	case id <= 0 || op.id != 0 && id != op.id:
		t.Errorf("ID %d", id)
	case token != "" && !hasNewToken:
		t.Errorf("authorization %d has a token, but was not created", id)
	case r.err != nil && !hasNewToken:
		t.Errorf("item %d is returned beside error %v", id, r.err)
	}
}

// checkPrintable checks that an error is an *Error, is short, has one line, and has no secret.
func checkPrintable(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error %#v, want an *Error", err)
	}
	text := fmt.Sprint(err, " ", e.RequestID)
	if length := len([]rune(text)); length > 12_000 {
		t.Errorf("the error has %d characters", length)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("the error has characters that cannot be printed: %q", text)
	}
	for _, secret := range []string{"correct-horse", "b2N0b2NhdDpjb3JyZWN0LWhvcnNl", fuzzSecret, `not-a-real-secret\/1`, fuzzToken} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %q", secret, text)
		}
	}
}
