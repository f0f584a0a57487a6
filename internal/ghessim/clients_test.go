package ghessim_test

import (
	"net/url"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const app = "/authorizations/clients/demo-app"

func TestGetOrCreate(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	made := i.do("PUT", app, `{"client_secret":"battery-staple","client_id":"ignored","note":"n","note_url":"u","scopes":["repo"]}`).
		want(201, `"note":"n","note_url":"u"`)
	a := decode[authorization](made)
	if a.Token == "" || made.header.Get("Location") != a.URL {
		t.Errorf("token %q, Location %q of %s", a.Token, made.header.Get("Location"), a.URL)
	}
	// The arguments sent from here on change nothing.
	for _, body := range []string{
		`{"client_secret":"battery-staple"}`,
		`{"client_secret":"battery-staple","note":"other","scopes":["gist"],"fingerprint":null}`,
		`{"client_secret":"battery-staple","fingerprint":""}`,
	} {
		got := i.do("PUT", app, body).want(200, `"token":"","hashed_token":"`+a.HashedToken)
		got.want(200, `"scopes":["repo"],"fingerprint":null`)
		if location := got.header.Get("Location"); location != "" {
			t.Errorf("Location is %q", location)
		}
	}
	// The fingerprint may be in the body or in the path: it is the same authorization.
	i.do("PUT", app, `{"client_secret":"battery-staple","fingerprint":"f"}`).want(201, `"fingerprint":"f"`)
	i.do("PUT", app+"/f", `{"client_secret":"battery-staple"}`).want(200, `{"id":2,`)
	i.do("PUT", app+"/g", `{"client_secret":"battery-staple","fingerprint":"f"}`).want(201, `"fingerprint":"g"`)
	// Another user has nothing to do with it.
	i.do("PUT", app+"/g", `{"client_secret":"battery-staple"}`, basic("hubot", "wrong-horse")).want(201, `{"id":4,`)
	// After a revocation there is a new one.
	i.do("DELETE", "/authorizations/2", "").want(204, "")
	i.do("PUT", app+"/f", `{"client_secret":"battery-staple"}`).want(201, `{"id":5,`)
}

func TestGetOrCreate_refuses(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	const (
		missing = `"message":"Invalid request.\n\n\"client_secret\" wasn't supplied."`
		client  = `{"message":"Invalid OAuth application client_id or secret.","documentation_url"`
	)
	for name, c := range map[string]struct {
		path, body string
		status     int
		part       string
	}{
		"nothing":        {app, ``, 422, missing},
		"no secret":      {app + "/f", `{}`, 422, missing},
		"null secret":    {app, `{"client_secret":null}`, 422, missing},
		"empty secret":   {app, `{"client_secret":""}`, 422, client},
		"wrong secret":   {app, `{"client_secret":"other-staple"}`, 422, client},
		"unknown client": {"/authorizations/clients/nobody", `{"client_secret":"battery-staple"}`, 422, client},
		"wrong type":     {app, `{"client_secret":"battery-staple","scopes":1}`, 422, `type \"array\"; value was: 1.`},
		"slash":          {app + "/a%2Fb", `{"client_secret":"battery-staple"}`, 404, "Not Found"},
	} {
		i.do("PUT", c.path, c.body).want(c.status, c.part)
		if len(i.Authorizations()) != 0 {
			t.Fatalf("%s made an authorization", name)
		}
	}
}

func TestGetOrCreate_seeded(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	// The web interface makes several without a fingerprint; an app may not have fetched its token.
	for range 2 {
		i.AddAuthorization(ghessim.Authorization{ClientID: clientID})
	}
	i.EditAuthorization(1, func(a *ghessim.Authorization) { a.Token = "" })
	i.do("PUT", app, `{"client_secret":"battery-staple"}`).
		want(200, `{"id":1,`).want(200, `"hashed_token":null,"token_last_eight":null`)
}

func TestFingerprints(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	for _, fingerprint := range []string{
		"plain", "a b", "100%", "%2F", "what?", "#1", "ümläut-☃", "a+b", "a&b=c", `"quoted"`, "a;b", "..", "host:1", "tab\there", "~*'()",
	} {
		escaped := url.PathEscape(fingerprint)
		if fingerprint == ".." {
			escaped = "%2E%2E"
		}
		made := i.do("PUT", app+"/"+escaped, `{"client_secret":"battery-staple"}`).want(201, "")
		if a := decode[authorization](made); a.Fingerprint == nil || *a.Fingerprint != fingerprint {
			t.Errorf("%q arrived as %s", fingerprint, made.body)
		}
		i.do("PUT", app+"/"+escaped, `{"client_secret":"battery-staple"}`).want(200, "")
		// For want of other tokens the eleventh of these would revoke the first.
		i.do("PATCH", "/authorizations/1", `{"scopes":["repo"]}`)
	}
}
