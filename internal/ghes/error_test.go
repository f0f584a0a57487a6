package ghes

import (
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// errorResponse is a response, and the error that the client returns for it.
type errorResponse struct {
	status int
	body   string
	header http.Header // in addition to the headers of reply, or instead of them
	want   string      // the text of the error after the method and the path
	is     []error
}

// handler returns a handler that sends the response.
func (e errorResponse) handler() http.HandlerFunc {
	headers := []string{"Set-Cookie", "header-secret", "X-Github-Request-Id", "1C3A:0B2D"}
	for key := range e.header {
		headers = append(headers, key, e.header.Get(key))
	}
	return reply(e.status, e.body, headers...)
}

// credentialErrors returns responses about the credentials.
func credentialErrors() map[string]errorResponse {
	web := http.Header{"Content-Type": {"text/html"}}
	return map[string]errorResponse{
		"wrong password": {
			401, `{"message":"Bad credentials","documentation_url":"https://docs.github.com/enterprise/3.9/rest?body-secret"}`, nil,
			"401 Unauthorized: \"Bad credentials\"", []error{ErrBadCredentials},
		},
		"one-time code": {
			401, `{"message":"Must specify two-factor authentication OTP code."}`, http.Header{"X-Github-Otp": {"required; app"}},
			"401 Unauthorized: \"Must specify two-factor authentication OTP code.\"", []error{ErrOTP},
		},
		"one-time code, as documented": {401, `{}`, http.Header{"X-Github-Otp": {"Required; SMS"}}, "401 Unauthorized", []error{ErrOTP}},
		"header without a challenge":   {401, `{}`, http.Header{"X-Github-Otp": {"optional"}}, "401 Unauthorized", []error{ErrBadCredentials}},
		"header of another status":     {404, `{}`, http.Header{"X-Github-Otp": {"required; app"}}, "404 Not Found", nil},
		"401 of a proxy":               {401, `<p>body-secret`, web, "401 Unauthorized: the response is not JSON", []error{ErrBadCredentials, ErrNotJSON}},
		"a token": {
			403, `{"message":"This API can only be accessed with username and password Basic Auth"}`, nil,
			"403 Forbidden: \"This API can only be accessed with username and password Basic Auth\"", []error{ErrTokenAuth},
		},
		"locked out": {
			403, `{"message":"Maximum number of login attempts exceeded. Please try again later."}`, nil,
			"403 Forbidden: \"Maximum number of login attempts exceeded. Please try again later.\"", []error{ErrLockedOut},
		},
	}
}

// errorResponses returns responses of all kinds.
func errorResponses() map[string]errorResponse {
	web := http.Header{"Content-Type": {"text/html"}}
	all := map[string]errorResponse{
		"suspended": {403, `{"message":"Sorry. Your account was suspended."}`, nil, "403 Forbidden: \"Sorry. Your account was suspended.\"", nil},
		"no API": {
			403, `Cookies must be enabled body-secret`, web, "403 Forbidden: the response is not JSON", []error{ErrNotJSON},
		},
		"JSON with another type": {
			403, `{"message":"Missing or invalid User Agent string."}`, http.Header{"Content-Type": {"application/octet-stream"}},
			"403 Forbidden: \"Missing or invalid User Agent string.\"", nil,
		},
		"rate limit": {
			403, `{"message":"API rate limit exceeded"}`, http.Header{"X-Ratelimit-Remaining": {"0"}}, "403 Forbidden: \"API rate limit exceeded\"", nil,
		},
		"secondary limit": {
			429, `{"message":"Slow down","documentation_url":"https://docs.github.com/rest#secondary-rate-limits"}`, http.Header{"Retry-After": {"1"}},
			"429 Too Many Requests: \"Slow down\"", nil,
		},
		"not found":             {404, `{"message":"Not Found","documentation_url":"body-secret"}`, nil, "404 Not Found: \"Not Found\"", []error{ErrNotFound}},
		"not found, no message": {404, ``, nil, "404 Not Found", nil},
		"404 of a proxy":        {404, `<h1>body-secret</h1>`, web, "404 Not Found: the response is not JSON", []error{ErrNotJSON}},
		"gone":                  {410, `{"message":"Gone"}`, nil, "410 Gone: \"Gone\"", nil},
		"wrong client": {
			422, `{"message":"Invalid OAuth application client_id or secret."}`, nil,
			"422 Unprocessable Entity: \"Invalid OAuth application client_id or secret.\"", []error{ErrBadClient},
		},
		"field errors": {
			422, `{"message":"Validation Failed","errors":[{"resource":"OauthAccess","code":"already_exists","field":"description","value":"body-secret"},
				{"code":"custom","field":"user","message":"user must have a verified email address"}]}`, nil,
			"422 Unprocessable Entity: \"Validation Failed\": OauthAccess.description: already_exists: \"user must have a verified email address\"", nil,
		},
		"field errors as text": {422, `{"message":"No","errors":["first","second"]}`, nil, "422 Unprocessable Entity: \"No\": \"first\": \"second\"", nil},
		"field errors in another form": {
			403, `{"message":"Maximum number of login attempts exceeded.","errors":"body-secret"}`, nil,
			"403 Forbidden: \"Maximum number of login attempts exceeded.\"", []error{ErrLockedOut},
		},
		"schema": {
			422, `{"message":"Invalid request.\n\n\"client_secret\" wasn't supplied."}`, nil,
			`422 Unprocessable Entity: "Invalid request. \"client_secret\" wasn't supplied."`, nil,
		},
		"malformed":      {400, `{"message":"Problems parsing JSON"}`, nil, "400 Bad Request: \"Problems parsing JSON\"", nil},
		"crash":          {500, `{"message":"Server Error"}`, nil, "500 Internal Server Error: \"Server Error\"", nil},
		"crash, empty":   {500, ``, nil, "500 Internal Server Error", nil},
		"no JSON":        {502, `body-secret {"message":"x"}`, nil, "502 Bad Gateway", nil},
		"a list":         {500, `["body-secret"]`, nil, "500 Internal Server Error", nil},
		"maintenance":    {503, `<p>body-secret</p>`, web, "503 Service Unavailable: the response is not JSON", []error{ErrNotJSON}},
		"unknown status": {599, `{}`, nil, "599", nil},
		"cut short":      {500, `{"message":"body-secret`, http.Header{"Content-Length": {"900"}}, "500 Internal Server Error: the response is cut short or not valid JSON", nil},
		"not a message":  {500, `{"message":{"body-secret":1}}`, nil, "500 Internal Server Error", nil},
		"control characters": {
			500, `{"message":" a\u0000\u001b[31mb\r\n\tc\u009b\u2028d\u007f "}`, nil, "500 Internal Server Error: \"a [31mb c d\"", nil,
		},
	}
	maps.Copy(all, credentialErrors())
	return all
}

func TestError(t *testing.T) {
	t.Parallel()
	for name, test := range errorResponses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, test.handler())
			err := c.DeleteAuthorization(t.Context(), 7)
			wantError(t, err, "DELETE PREFIX/authorizations/7: "+test.want)
			wantIs(t, err, test.is...)
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error %#v", err)
			}
			if e.Method != "DELETE" || e.Path != prefix+"/authorizations/7" || e.Status != test.status || e.RequestID != "1C3A:0B2D" {
				t.Errorf("error %#v", e)
			}
			if n := sent.count("DELETE /authorizations/7 octocat:correct-horse"); n != 1 || sent.count("") != n+sent.count("GET /meta :") {
				t.Errorf("%d requests, want 1, besides those for /meta", n)
			}
		})
	}
}

// No error has a secret of the request, or text of the response that is not for users.
func TestError_secrets(t *testing.T) {
	t.Parallel()
	for name, test := range errorResponses() {
		c, _ := serve(t, test.handler())
		_, created := c.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci", ClientID: "app", ClientSecret: "battery-staple"})
		_, listed := c.ListGrants(t.Context(), "query-secret")
		for _, secret := range []string{
			"correct-horse", "battery-staple", "header-secret", "body-secret", "query-secret", "per_page",
			base64.StdEncoding.EncodeToString([]byte("octocat:correct-horse")),
		} {
			if strings.Contains(created.Error()+listed.Error(), secret) {
				t.Errorf("%s: %s is in\n%v\n%v", name, secret, created, listed)
			}
		}
	}
}

func TestError_fields(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, reply(422, `{"message":"Validation Failed","errors":[
		{"resource":"OauthAccess","code":"missing_field","field":"description"},{"code":"a\nb"},{"resource":"Res"},"text",{}]}`))
	_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{})
	e, ok := errors.AsType[*Error](err)
	want := []FieldError{
		{Resource: "OauthAccess", Field: "description", Code: "missing_field"}, {Code: "a b"}, {Resource: "Res"}, {Message: "text"}, {},
	}
	if !ok || !reflect.DeepEqual(e.Fields, want) || e.Message != "Validation Failed" {
		t.Errorf("error %#v", err)
	}
}

func TestFieldError(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]FieldError{
		"OauthAccess.description: missing_field": {Resource: "OauthAccess", Field: "description", Code: "missing_field"},
		"description: missing_field":             {Field: "description", Code: "missing_field"},
		"OauthAccess: custom":                    {Resource: "OauthAccess", Code: "custom"},
		"missing_field":                          {Code: "missing_field"},
		"\"must be verified\"":                   {Resource: "OauthAccess", Field: "user", Code: "custom", Message: "must be verified"},
	} {
		if got := f.String(); got != want {
			t.Errorf("%#v is %q, want %q", f, got, want)
		}
	}
}

// The path is as it was sent, with its escapes.
func TestError_escapedPath(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, reply(422, `{"message":"Invalid OAuth application client_id or secret."}`))
	_, _, err := c.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: "app", Fingerprint: "a?b\n%2F", ClientSecret: "battery-staple"})
	wantError(t, err, "PUT PREFIX/authorizations/clients/app/a%3Fb%0A%252F: 422 Unprocessable Entity: \"Invalid OAuth application client_id or secret.\"")
	wantIs(t, err, ErrBadClient)
}

// The client does not remember a rate limit: it sends the next request, and the server decides.
func TestError_rateLimit(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, reply(429, `{"message":"API rate limit exceeded"}`,
		"X-Ratelimit-Limit", "60", "X-Ratelimit-Remaining", "0", "X-Ratelimit-Reset", "9999999999", "Retry-After", "3600"))
	for range 2 {
		wantError(t, c.DeleteGrant(t.Context(), 1), "DELETE PREFIX/applications/grants/1: 429 Too Many Requests: \"API rate limit exceeded\"")
	}
	sent.want(t, "DELETE /applications/grants/1 octocat:correct-horse", "DELETE /applications/grants/1 octocat:correct-horse")
}

// Long texts of the server are cut, so that an error fits into a few lines of a terminal.
func TestError_long(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 600)
	field := `{"resource":"` + long + `","field":"` + long + `","code":"` + long + `","message":"` + long + `"}`
	c, _ := serve(t, reply(422, `{"message":"`+long+`","errors":[`+strings.Repeat(field+",", 30)+field+`]}`,
		"X-Github-Request-Id", strings.Repeat("a", 5000)))
	err := c.DeleteGrant(t.Context(), 7)
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error %#v", err)
	}
	cut := func(s string, n int) string { return strings.Repeat(s, n) + "…" }
	want := make([]FieldError, 20)
	for i := range want {
		want[i] = FieldError{Resource: cut("é", 100), Field: cut("é", 100), Code: cut("é", 100), Message: cut("é", 500)}
	}
	if e.Message != cut("é", 500) || e.RequestID != cut("a", 100) || !reflect.DeepEqual(e.Fields, want) {
		t.Errorf("error %#v", e)
	}
}

// An error tells whether it concerns other requests, and whether the server may have acted.
func TestError_consequences(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err           *Error
		others, acted bool
	}{
		"not sent":              {&Error{}, true, false},
		"no response":           {&Error{Attempts: 1}, true, true},
		"wrong password":        {&Error{Attempts: 1, Status: 401, kinds: []error{ErrBadCredentials}}, true, false},
		"not found":             {&Error{Attempts: 1, Status: 404, Message: "Not Found"}, false, false},
		"web page":              {&Error{Attempts: 1, Status: 404, kinds: []error{ErrNotJSON}}, true, false},
		"forbidden":             {&Error{Attempts: 1, Status: 403}, false, false},
		"locked out":            {&Error{Attempts: 1, Status: 403, kinds: []error{ErrLockedOut}}, true, false},
		"rate limit":            {&Error{Attempts: 1, Status: 403, limited: true}, true, false},
		"too many requests":     {&Error{Attempts: 1, Status: 429}, true, false},
		"longer than allowed":   {&Error{Attempts: 1, Status: 503, Err: ErrMustWait}, true, true},
		"gone":                  {&Error{Attempts: 1, Status: 410}, true, false},
		"request timeout":       {&Error{Attempts: 1, Status: 408}, false, true},
		"redirected":            {&Error{Attempts: 1, Status: 302, Err: ErrRedirected}, true, true},
		"server error":          {&Error{Attempts: 5, Status: 500}, false, true},
		"success, wrong status": {&Error{Attempts: 1, Status: 200, Err: errUnexpectedStatus}, false, true},
	} {
		if others, acted := test.err.ConcernsOthers(), test.err.MayHaveActed(); others != test.others || acted != test.acted {
			t.Errorf("%s: concerns others %t, may have acted %t", name, others, acted)
		}
	}
}
