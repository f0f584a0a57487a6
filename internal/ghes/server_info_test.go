package ghes

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// refusing answers what is asked of /meta with meta, and everything else with
// status and body.
func refusing(status int, body string, meta http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/meta") {
			meta(w, r)
			return
		}
		reply(status, body)(w, r)
	}
}

// A server without the API is asked what it is: once, without credentials.
func TestMeta_notOffered(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		meta http.HandlerFunc
		want *ServerInfo
	}{
		"a server":        {reply(200, `{"verifiable_password_authentication":true,"installed_version":"3.19.0"}`), &ServerInfo{InstalledVersion: "3.19.0"}},
		"SAML":            {reply(200, `{"verifiable_password_authentication":false,"installed_version":"3.19.0"}`), &ServerInfo{InstalledVersion: "3.19.0", ExternalLogin: true}},
		"github.com":      {reply(200, `{"verifiable_password_authentication":false}`), &ServerInfo{ExternalLogin: true}},
		"says little":     {reply(200, `{}`), &ServerInfo{}},
		"repeats secrets": {reply(200, `{"installed_version":"3 correct-horse\n"}`), &ServerInfo{InstalledVersion: "3 ***"}},
		"private mode":    {reply(401, `{"message":"Must authenticate to access this API."}`), nil},
		"something else":  {reply(404, `{"message":"Not Found"}`), nil},
		"of another form": {reply(200, `{"installed_version":3}`), nil},
		"a web page":      {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") }, nil},
		"no content":      {reply(204, ``), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, refusing(404, notFound, test.meta))
			for range 2 {
				_, err := c.ListAuthorizations(t.Context(), "")
				wantIs(t, err, ErrNotOffered)
				e, _ := errors.AsType[*Error](err)
				switch {
				case (e.Server == nil) != (test.want == nil), e.Server != nil && *e.Server != *test.want:
					t.Errorf("the server says it is %+v, want %+v", e.Server, test.want)
				}
			}
			if n, m := sent.count("GET /meta"), sent.count(askMeta); n != 1 || m != 1 {
				t.Errorf("asked %d times, %d of them without credentials, want once without", n, m)
			}
		})
	}
}

// A 403 of a server that checks no passwords ends the run; another one does not,
// and neither is asked about twice.
func TestMeta_forbidden(t *testing.T) {
	t.Parallel()
	const suspended = `{"message":"Suspended"}`
	saml := reply(200, `{"verifiable_password_authentication":false,"installed_version":"3.19.0"}`)
	for name, test := range map[string]struct {
		answer       http.HandlerFunc
		want         []error
		sent, asking int
	}{
		"SAML":           {refusing(403, suspended, saml), []error{ErrNoPasswords}, 1, 1},
		"passwords":      {refusing(403, suspended, reply(200, `{"verifiable_password_authentication":true}`)), nil, 20, 1},
		"nobody knows":   {refusing(403, suspended, reply(401, `{}`)), nil, 20, 1},
		"a token":        {refusing(403, `{"message":"This API can only be accessed with username and password Basic Auth"}`, saml), []error{ErrTokenAuth}, 1, 0},
		"wrong password": {refusing(401, `{"message":"Bad credentials"}`, saml), []error{ErrBadCredentials}, 1, 0},
		"rate limit": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "60")
			refusing(403, suspended, saml)(w, r)
		}, nil, 20, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, test.answer)
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() { wantIs(t, c.DeleteGrant(t.Context(), 1), test.want...) })
			}
			wg.Wait()
			if n, m := sent.count("DELETE"), sent.count("GET /meta"); n != test.sent || m != test.asking {
				t.Errorf("%d requests and %d questions, want %d and %d", n, m, test.sent, test.asking)
			}
		})
	}
}

// A password that was right before is not what a 403 is about.
func TestMeta_proven(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			reply(200, `[]`)(w, r)
			return
		}
		reply(403, `{"message":"Forbidden"}`)(w, r)
	})
	if _, err := c.ListGrants(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	wantIs(t, c.DeleteGrant(t.Context(), 1))
	if n := sent.count("GET /meta"); n != 0 {
		t.Errorf("asked %d times", n)
	}
}
