package ghes

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode"
)

// fuzzToken has the form of a token, and is none: its checksum is wrong.
const fuzzToken = "ghp_notARealTokenNotARealTokenNotARe00000"

// fuzzSecret is what these tests send as an app's secret.
const fuzzSecret = "not-a-real-secret/1"

// FuzzAnswers has the client make sense of any answer, from its bytes on the
// wire: what is no answer of the API is an error that is fit to print.
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
		{1, 404, typeJSON, `{"message":"Not Found"}`},
		{2, 200, typeJSON, one},
		{2, 302, "Location: https://correct-horse.example.com/", ""},
		{2, 307, "Location: /api/v3/authorizations/8", ""},
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
		c := answered(t, func(req *http.Request) (*http.Response, error) {
			wire := fmt.Sprintf("HTTP/1.1 %d \r\n%s\r\n\r\n%s", status, header, body)
			return http.ReadResponse(bufio.NewReader(strings.NewReader(wire)), req)
		})
		c.Secrets().Add(fuzzSecret) // which not every operation sends
		if err := checkAnswer(t, c, operation, status); err != nil {
			checkPrintable(t, err)
		}
	})
}

// answered returns a client that next answers, without a network.
func answered(t *testing.T, next roundTrip) *Client {
	t.Helper()
	base := apiRoot(t, "https://ghes.example.com/api/v3")
	c := NewClient(Config{Connection: Connection{BaseURL: base, Username: "octocat", Password: "correct-horse", RoundTripper: next}})
	return c
}

// checkAnswer calls one operation and checks what it makes of an answer of that
// status. It returns the operation's error.
func checkAnswer(t *testing.T, c *Client, operation uint8, status int) error {
	t.Helper()
	var authorizations []Authorization
	var grants []Grant
	var a *Authorization
	var g *Grant
	var err error
	request, created := AuthorizationRequest{ClientID: "app", ClientSecret: fuzzSecret}, false
	switch operation % 8 {
	case 0:
		a, err = c.CreateAuthorization(t.Context(), request)
		created = a != nil
	case 1:
		a, created, err = c.GetOrCreateAuthorization(t.Context(), request)
	case 2:
		a, err = c.GetAuthorization(t.Context(), 7)
	case 3:
		authorizations, err = c.ListAuthorizations(t.Context(), "")
	case 4:
		a, err = c.UpdateAuthorization(t.Context(), 7, AuthorizationUpdate{})
	case 5:
		if err = c.DeleteAuthorization(t.Context(), 7); err == nil && status != http.StatusNoContent {
			t.Errorf("deleted by a %d", status)
		}
	case 6:
		g, err = c.GetGrant(t.Context(), 7)
	case 7:
		grants, err = c.ListGrants(t.Context(), "")
	}
	if created != (status == http.StatusCreated && a != nil) {
		t.Errorf("a %d has created %+v", status, a)
	}
	if a != nil {
		authorizations = append(authorizations, *a)
	}
	if g != nil {
		grants = append(grants, *g)
	}
	asked := operation%8 == 2 || operation%8 == 4 || operation%8 == 6
	for _, a := range authorizations {
		if a.ID <= 0 || asked && a.ID != 7 || a.Token != "" && !created || err != nil && (a.Token == "" || !created) {
			t.Errorf("a %d gives %+v, error %v", status, a, err)
		}
	}
	for _, g := range grants {
		if g.ID <= 0 || asked && g.ID != 7 || err != nil {
			t.Errorf("a %d gives %+v, error %v", status, g, err)
		}
	}
	return err
}

// checkPrintable checks that an error is the client's own, short, in one line,
// and without what was sent.
func checkPrintable(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("the error is %#v", err)
	}
	text := fmt.Sprint(err, " ", e.RequestID)
	if length := len([]rune(text)); length > 12_000 {
		t.Errorf("%d characters", length)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("not to be printed: %q", text)
	}
	for _, secret := range []string{"correct-horse", "b2N0b2NhdDpjb3JyZWN0LWhvcnNl", fuzzSecret, `not-a-real-secret\/1`, fuzzToken} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %q", secret, text)
		}
	}
}
