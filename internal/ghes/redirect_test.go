package ghes

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// redirect redirects all requests to location, except those for /moved.
func redirect(status int, location string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/moved") {
			reply(http.StatusOK, `{"id":1}`)(w, r)
			return
		}
		w.Header()["Location"] = []string{location}
		reply(status, `{"message":"Moved"}`)(w, r)
	}
}

func TestRedirect_followed(t *testing.T) {
	t.Parallel()
	get := func(c *Client) error { _, err := c.RefreshAuthorization(t.Context(), 1); return err }
	update := func(c *Client) error {
		_, err := c.UpdateAuthorization(t.Context(), 1, AuthorizationUpdate{Note: new(Clearable("ci"))})
		return err
	}
	for name, test := range map[string]struct {
		status   int
		location string
		call     func(*Client) error
		first    string
		second   string
	}{
		"301": {301, "/moved/1?x=1", get, "GET /authorizations/1 octocat:correct-horse", "GET /moved/1?x=1 octocat:correct-horse"},
		"302": {302, "/moved/1", get, "GET /authorizations/1 octocat:correct-horse", "GET /moved/1 octocat:correct-horse"},
		"303": {303, "/moved/1", get, "GET /authorizations/1 octocat:correct-horse", "GET /moved/1 octocat:correct-horse"},
		"308": {308, "/moved/1", get, "GET /authorizations/1 octocat:correct-horse", "GET /moved/1 octocat:correct-horse"},
		// Both statuses keep the method and the body.
		"307 with a body": {
			307, "/moved/1", update, `PATCH /authorizations/1 octocat:correct-horse {"note":"ci"}`, `PATCH /moved/1 octocat:correct-horse {"note":"ci"}`,
		},
		"308 with a body": {
			308, "/moved/1", update, `PATCH /authorizations/1 octocat:correct-horse {"note":"ci"}`, `PATCH /moved/1 octocat:correct-horse {"note":"ci"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, redirect(test.status, test.location))
			if err := test.call(c); err != nil {
				t.Error(err)
			}
			sent.want(t, test.first, test.second)
		})
	}
}

func TestRedirect_refused(t *testing.T) {
	t.Parallel()
	other := otherHost(t)
	host := strings.TrimPrefix(other, "http://")
	get := func(c *Client) error { _, err := c.RefreshAuthorization(t.Context(), 1); return err }
	create := func(c *Client) error {
		_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{})
		return err
	}
	remove := func(c *Client) error { return c.DeleteAuthorization(t.Context(), 1) }
	for name, test := range map[string]struct {
		status   int
		location string
		call     func(*Client) error
		want     string
	}{
		"another host":      {302, other + "/?code=secret", get, "GET PREFIX/authorizations/1: 302 Found: \"Moved\": redirected: to " + other},
		"another host, 307": {307, other + "/", create, "POST PREFIX/authorizations: 307 Temporary Redirect: \"Moved\": redirected: to " + other},
		"another host, 308": {308, other + "/", remove, "DELETE PREFIX/authorizations/1: 308 Permanent Redirect: \"Moved\": redirected: to " + other},
		"no scheme":         {301, "//" + host + "/", get, "GET PREFIX/authorizations/1: 301 Moved Permanently: \"Moved\": redirected: to " + other},
		"another scheme":    {302, "https://" + host + "/", get, "GET PREFIX/authorizations/1: 302 Found: \"Moved\": redirected: to https://" + host},
		"with a user":       {302, "http://mona:secret@" + host + "/", get, "GET PREFIX/authorizations/1: 302 Found: \"Moved\": redirected: to " + other},
		"nowhere":           {302, "", get, "GET PREFIX/authorizations/1: 302 Found: \"Moved\": redirected"},
		"no redirect":       {304, other, get, "GET PREFIX/authorizations/1: 304 Not Modified"},
		"several choices":   {300, other, get, "GET PREFIX/authorizations/1: 300 Multiple Choices: \"Moved\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, redirect(test.status, test.location))
			err := test.call(c)
			wantError(t, err, test.want)
			if test.status == 304 || test.status == 300 {
				wantIs(t, err)
			} else {
				wantIs(t, err, ErrRedirected)
			}
			if n := sent.count(""); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// A redirect that turns a POST or DELETE into a GET is not followed: the GET would succeed, and nothing
// would have been done.
func TestRedirect_otherMethod(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303} {
		c, sent := serve(t, redirect(status, "/moved/1"))
		_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{})
		wantIs(t, err, ErrRedirected)
		wantIs(t, c.DeleteAuthorization(t.Context(), 1), ErrRedirected)
		sent.want(t, `POST /authorizations octocat:correct-horse {"scopes":[]}`, "DELETE /authorizations/1 octocat:correct-horse")
	}
}

// A redirect from https to http is not followed, even on the same host and port.
func TestRedirect_toUnencrypted(t *testing.T) {
	t.Parallel()
	sent := &requests{}
	server := httptest.NewUnstartedServer(sent.record(func(w http.ResponseWriter, r *http.Request) {
		redirect(http.StatusFound, "http://"+r.Host+"/moved/1")(w, r)
	}))
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := connect(t, server, Config{}).RefreshAuthorization(t.Context(), 1)
	wantError(t, err, "GET PREFIX/authorizations/1: 302 Found: \"Moved\": redirected: to http://"+strings.TrimPrefix(server.URL, "https://"))
	wantIs(t, err, ErrRedirected)
	sent.want(t, "GET /authorizations/1 octocat:correct-horse")
}

func TestRedirect_endless(t *testing.T) {
	t.Parallel()
	left := 20 // The test ends an endless loop after so many requests.
	c, sent := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if left--; left < 0 {
			reply(http.StatusInternalServerError, `{}`)(w, r)
			return
		}
		redirect(http.StatusFound, prefix+"/authorizations/1?x=secret")(w, r)
	})
	_, err := c.RefreshAuthorization(t.Context(), 1)
	wantIs(t, err, ErrRedirected)
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the query is in %v", err)
	}
	if n := sent.count(""); n != 6 {
		t.Errorf("%d requests, want the first one and five redirects", n)
	}
}

// A malformed address is not printed, since it may have a secret.
func TestRedirect_malformed(t *testing.T) {
	t.Parallel()
	for _, location := range []string{"http://example.com/%zz?code=secret", "http://[?code=secret", "http://mona:secret@example.com:x/"} {
		c, _ := serve(t, redirect(http.StatusFound, location))
		_, err := c.RefreshAuthorization(t.Context(), 1)
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v", err)
		}
	}
}
