package ghes

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// withMeta calls meta for /meta, and responds to all other requests with a status and a body.
func withMeta(status int, body string, meta http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/meta") {
			meta(w, r)
			return
		}
		reply(status, body)(w, r)
	}
}

// The client asks a server without the API for its version, once and without credentials.
func TestMeta_notOffered(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		meta http.HandlerFunc
		want *ServerInfo
	}{
		"a server":        {reply(200, `{"verifiable_password_authentication":true,"installed_version":"3.19.0"}`), &ServerInfo{InstalledVersion: "3.19.0"}},
		"SAML":            {reply(200, `{"verifiable_password_authentication":false,"installed_version":"3.19.0"}`), &ServerInfo{InstalledVersion: "3.19.0", ExternalLogin: true}},
		"github.com":      {reply(200, `{"verifiable_password_authentication":false}`), &ServerInfo{ExternalLogin: true}},
		"empty object":    {reply(200, `{}`), &ServerInfo{}},
		"repeats secrets": {reply(200, `{"installed_version":"3 correct-horse\n"}`), &ServerInfo{InstalledVersion: "3 ***"}},
		"private mode":    {reply(401, `{"message":"Must authenticate to access this API."}`), nil},
		"not found":       {reply(404, `{"message":"Not Found"}`), nil},
		"wrong type":      {reply(200, `{"installed_version":3}`), nil},
		"web page":        {webPage(200), nil},
		"no content":      {reply(204, ``), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, withMeta(404, notFound, test.meta))
			for range 2 {
				_, err := c.ListAuthorizations(t.Context(), "")
				wantIs(t, err, ErrNotOffered)
				e, _ := errors.AsType[*Error](err)
				if !reflect.DeepEqual(e.Server, test.want) {
					t.Errorf("server %+v, want %+v", e.Server, test.want)
				}
			}
			if n, m := sent.count("GET /meta"), sent.count(metaRequest); n != 1 || m != 1 {
				t.Errorf("%d requests for /meta, %d of them without credentials, want 1 without", n, m)
			}
		})
	}
}

// After a 403 of a server without passwords no request is sent. After other ones further requests are
// sent. The client asks for the reason once.
func TestMeta_forbidden(t *testing.T) {
	t.Parallel()
	const suspended = `{"message":"Suspended"}`
	saml := reply(200, `{"verifiable_password_authentication":false,"installed_version":"3.19.0"}`)
	for name, test := range map[string]struct {
		response   http.HandlerFunc
		want       []error
		sent, meta int
	}{
		"SAML":           {withMeta(403, suspended, saml), []error{ErrNoPasswords}, 1, 1},
		"passwords":      {withMeta(403, suspended, reply(200, `{"verifiable_password_authentication":true}`)), nil, 20, 1},
		"unknown":        {withMeta(403, suspended, reply(401, `{}`)), nil, 20, 1},
		"a token":        {withMeta(403, `{"message":"This API can only be accessed with username and password Basic Auth"}`, saml), []error{ErrTokenAuth}, 1, 0},
		"wrong password": {withMeta(401, `{"message":"Bad credentials"}`, saml), []error{ErrBadCredentials}, 1, 0},
		"rate limit": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "60")
			withMeta(403, suspended, saml)(w, r)
		}, nil, 20, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, test.response)
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() { wantIs(t, c.DeleteGrant(t.Context(), 1), test.want...) })
			}
			wg.Wait()
			if n, m := sent.count("DELETE"), sent.count("GET /meta"); n != test.sent || m != test.meta {
				t.Errorf("%d requests and %d for /meta, want %d and %d", n, m, test.sent, test.meta)
			}
		})
	}
}

// Once the server has accepted the password, the client does not ask for the reason of a 403.
func TestMeta_proven(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, emptyList(reply(403, `{"message":"Forbidden"}`)))
	if _, err := c.ListGrants(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	wantIs(t, c.DeleteGrant(t.Context(), 1))
	if n := sent.count("GET /meta"); n != 0 {
		t.Errorf("%d requests for /meta, want none", n)
	}
}
