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

// refusal is an answer of the server and what becomes of it.
type refusal struct {
	status int
	body   string
	header http.Header // besides, or instead of, what reply sends
	want   string      // the text after method and path
	is     []error
}

func credentialRefusals() map[string]refusal {
	web := http.Header{"Content-Type": {"text/html"}}
	return map[string]refusal{
		"wrong password": {
			401, `{"message":"Bad credentials","documentation_url":"https://docs.github.com/enterprise/3.9/rest?body-secret"}`, nil,
			"401 Unauthorized: Bad credentials", []error{ErrBadCredentials},
		},
		"one-time password": {
			401, `{"message":"Must specify two-factor authentication OTP code."}`, http.Header{"X-Github-Otp": {"required; app"}},
			"401 Unauthorized: Must specify two-factor authentication OTP code.", []error{ErrOTP},
		},
		"one-time password, as documented": {401, `{}`, http.Header{"X-Github-Otp": {"Required; SMS"}}, "401 Unauthorized", []error{ErrOTP}},
		"header of no challenge":           {401, `{}`, http.Header{"X-Github-Otp": {"optional"}}, "401 Unauthorized", []error{ErrBadCredentials}},
		"header of another status":         {404, `{}`, http.Header{"X-Github-Otp": {"required; app"}}, "404 Not Found", nil},
		"401 of a proxy":                   {401, `<p>body-secret`, web, "401 Unauthorized: the response is not JSON", []error{ErrBadCredentials, ErrNotJSON}},
		"a token": {
			403, `{"message":"This API can only be accessed with username and password Basic Auth"}`, nil,
			"403 Forbidden: This API can only be accessed with username and password Basic Auth", []error{ErrTokenAuth},
		},
		"locked out": {
			403, `{"message":"Maximum number of login attempts exceeded. Please try again later."}`, nil,
			"403 Forbidden: Maximum number of login attempts exceeded. Please try again later.", []error{ErrLockedOut},
		},
	}
}

// refusals are those of credentials and all others.
func refusals() map[string]refusal {
	web := http.Header{"Content-Type": {"text/html"}}
	all := map[string]refusal{
		"suspended": {403, `{"message":"Sorry. Your account was suspended."}`, nil, "403 Forbidden: Sorry. Your account was suspended.", nil},
		"no v3": {
			403, `Cookies must be enabled body-secret`, web, "403 Forbidden: the response is not JSON", []error{ErrNotJSON},
		},
		"JSON that says it is not": {
			403, `{"message":"Missing or invalid User Agent string."}`, http.Header{"Content-Type": {"application/octet-stream"}},
			"403 Forbidden: Missing or invalid User Agent string.", nil,
		},
		"rate limit": {
			403, `{"message":"API rate limit exceeded"}`, http.Header{"X-Ratelimit-Remaining": {"0"}}, "403 Forbidden: API rate limit exceeded", nil,
		},
		"secondary limit": {
			429, `{"message":"Slow down","documentation_url":"https://docs.github.com/rest#secondary-rate-limits"}`, http.Header{"Retry-After": {"1"}},
			"429 Too Many Requests: Slow down", nil,
		},
		"gone":           {404, `{"message":"Not Found","documentation_url":"body-secret"}`, nil, "404 Not Found: Not Found", []error{ErrNotFound}},
		"gone, no words": {404, ``, nil, "404 Not Found", nil},
		"404 of a proxy": {404, `<h1>body-secret</h1>`, web, "404 Not Found: the response is not JSON", []error{ErrNotJSON}},
		"410":            {410, `{"message":"Gone"}`, nil, "410 Gone: Gone", nil},
		"wrong client": {
			422, `{"message":"Invalid OAuth application client_id or secret."}`, nil,
			"422 Unprocessable Entity: Invalid OAuth application client_id or secret.", []error{ErrBadClient},
		},
		"fields": {
			422, `{"message":"Validation Failed","errors":[{"resource":"OauthAccess","code":"already_exists","field":"description","value":"body-secret"},
				{"code":"custom","field":"user","message":"user must have a verified email address"}]}`, nil,
			"422 Unprocessable Entity: Validation Failed: OauthAccess.description: already_exists: user must have a verified email address", nil,
		},
		"fields as text": {422, `{"message":"No","errors":["first","second"]}`, nil, "422 Unprocessable Entity: No: first: second", nil},
		"fields of another form": {
			403, `{"message":"Maximum number of login attempts exceeded.","errors":"body-secret"}`, nil,
			"403 Forbidden: Maximum number of login attempts exceeded.", []error{ErrLockedOut},
		},
		"schema": {
			422, `{"message":"Invalid request.\n\n\"client_secret\" wasn't supplied."}`, nil,
			`422 Unprocessable Entity: Invalid request. "client_secret" wasn't supplied.`, nil,
		},
		"malformed":     {400, `{"message":"Problems parsing JSON"}`, nil, "400 Bad Request: Problems parsing JSON", nil},
		"crash":         {500, `{"message":"Server Error"}`, nil, "500 Internal Server Error: Server Error", nil},
		"crash, empty":  {500, ``, nil, "500 Internal Server Error", nil},
		"no JSON":       {502, `body-secret {"message":"x"}`, nil, "502 Bad Gateway", nil},
		"a list":        {500, `["body-secret"]`, nil, "500 Internal Server Error", nil},
		"maintenance":   {503, `<p>body-secret</p>`, web, "503 Service Unavailable: the response is not JSON", []error{ErrNotJSON}},
		"unheard of":    {599, `{}`, nil, "599", nil},
		"cut short":     {500, `{"message":"body-secret`, http.Header{"Content-Length": {"900"}}, "500 Internal Server Error: the response is cut short or not valid JSON", nil},
		"not a message": {500, `{"message":{"body-secret":1}}`, nil, "500 Internal Server Error", nil},
		"control characters": {
			500, `{"message":" a\u0000\u001b[31mb\r\n\tc\u009b\u2028d\u007f "}`, nil, "500 Internal Server Error: a [31mb c d", nil,
		},
	}
	maps.Copy(all, credentialRefusals())
	return all
}

func TestError(t *testing.T) {
	t.Parallel()
	for name, test := range refusals() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Github-Request-Id", "1C3A:0B2D")
				w.Header().Set("Set-Cookie", "header-secret")
				reply(test.status, test.body)(responseWith{w, test.header}, r)
			})
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
				t.Errorf("%d requests, want 1, and to be told what the server is", n)
			}
		})
	}
}

// responseWith is a response whose header is set to what is given before it is sent.
type responseWith struct {
	http.ResponseWriter
	header http.Header
}

func (r responseWith) WriteHeader(status int) {
	maps.Copy(r.Header(), r.header)
	r.ResponseWriter.WriteHeader(status)
}

// Whatever goes wrong, nothing that was sent is in the text.
func TestError_secrets(t *testing.T) {
	t.Parallel()
	for name, test := range refusals() {
		c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", "header-secret")
			reply(test.status, test.body)(responseWith{w, test.header}, r)
		})
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
		"must be verified":                       {Resource: "OauthAccess", Field: "user", Code: "custom", Message: "must be verified"},
	} {
		if got := f.String(); got != want {
			t.Errorf("%#v is %q, want %q", f, got, want)
		}
	}
}

// The path is as it was sent: what is escaped in it stays so.
func TestError_escapedPath(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, reply(422, `{"message":"Invalid OAuth application client_id or secret."}`))
	_, _, err := c.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: "app", Fingerprint: "a?b\n%2F", ClientSecret: "battery-staple"})
	wantError(t, err, "PUT PREFIX/authorizations/clients/app/a%3Fb%0A%252F: 422 Unprocessable Entity: Invalid OAuth application client_id or secret.")
	wantIs(t, err, ErrBadClient)
}

// go-github would keep to a limit by itself, with an answer of its own making.
func TestError_limitIsTheServers(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Ratelimit-Limit", "60")
		w.Header().Set("X-Ratelimit-Remaining", "0")
		w.Header().Set("X-Ratelimit-Reset", "9999999999")
		w.Header().Set("Retry-After", "3600")
		reply(429, `{"message":"API rate limit exceeded"}`)(w, r)
	})
	for range 2 {
		wantError(t, c.DeleteGrant(t.Context(), 1), "DELETE PREFIX/applications/grants/1: 429 Too Many Requests: API rate limit exceeded")
	}
	sent.want(t, "DELETE /applications/grants/1 octocat:correct-horse", "DELETE /applications/grants/1 octocat:correct-horse")
}

// A server's words are for one line of a terminal.
func TestError_long(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 600)
	field := `{"resource":"` + long + `","field":"` + long + `","code":"` + long + `","message":"` + long + `"}`
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Github-Request-Id", strings.Repeat("a", 5000))
		reply(422, `{"message":"`+long+`","errors":[`+strings.Repeat(field+",", 30)+field+`]}`)(w, r)
	})
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

// What an error says about requests that are yet to be sent, and about what has
// become of its own.
func TestError_consequences(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err                *Error
		others, perhapsDid bool
	}{
		"nothing sent":            {&Error{}, true, false},
		"no answer":               {&Error{Attempts: 1}, true, true},
		"wrong password":          {&Error{Attempts: 1, Status: 401, kinds: []error{ErrBadCredentials}}, true, false},
		"no such thing":           {&Error{Attempts: 1, Status: 404, Message: "Not Found"}, false, false},
		"a web page":              {&Error{Attempts: 1, Status: 404, kinds: []error{ErrNotJSON}}, true, false},
		"forbidden":               {&Error{Attempts: 1, Status: 403}, false, false},
		"locked out":              {&Error{Attempts: 1, Status: 403, kinds: []error{ErrLockedOut}}, true, false},
		"a limit":                 {&Error{Attempts: 1, Status: 403, limited: true}, true, false},
		"too many":                {&Error{Attempts: 1, Status: 429}, true, false},
		"to come later":           {&Error{Attempts: 1, Status: 503, Err: ErrMustWait}, true, true},
		"no API any more":         {&Error{Attempts: 1, Status: 410}, true, false},
		"gave up waiting for us":  {&Error{Attempts: 1, Status: 408}, false, true},
		"redirected":              {&Error{Attempts: 1, Status: 302, Err: ErrRedirected}, true, true},
		"failed":                  {&Error{Attempts: 5, Status: 500}, false, true},
		"fine, but not as it was": {&Error{Attempts: 1, Status: 200, Err: errUnexpectedStatus}, false, true},
	} {
		if others, perhaps := test.err.ConcernsOthers(), test.err.MayHaveActed(); others != test.others || perhaps != test.perhapsDid {
			t.Errorf("%s: concerns others %t, may have acted %t", name, others, perhaps)
		}
	}
}
