package ghes

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// adminConfig is for a client with a site administrator's token.
func adminConfig() Config {
	return Config{Connection: Connection{Token: oldToken}, MaxRetries: 2, MaxWait: time.Minute, Backoff: time.Millisecond}
}

const otherToken = "gho_notARealTokenNotARealTokenNotARe00000"

// The client signs in with the token and nothing else, and escapes the username.
func TestImpersonation_request(t *testing.T) {
	t.Parallel()
	c, sent := serveWith(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header["Authorization"]; len(got) != 1 || got[0] != "token "+oldToken {
			t.Errorf("Authorization %q", got)
		}
		if r.Method == http.MethodPost {
			reply(http.StatusCreated, `{"id":7,"token":"`+otherToken+`"}`)(w, r)
			return
		}
		reply(http.StatusNoContent, "")(w, r)
	}, adminConfig())
	a, created, err := c.CreateImpersonationToken(t.Context(), "mona lisa?", []string{"repo"})
	if err != nil || !created || a.ID != 7 || a.Token != otherToken {
		t.Errorf("got %+v, created %t, error %v", a, created, err)
	}
	if err := c.DeleteImpersonationToken(t.Context(), "mona lisa?"); err != nil {
		t.Error(err)
	}
	const path = "/admin/users/mona%20lisa%3F/authorizations"
	sent.want(t, "POST "+path+` : {"scopes":["repo"]}`, "DELETE "+path+" :")
	if got := c.ImpersonationURL("mona lisa?"); !strings.HasSuffix(got, prefix+path) {
		t.Errorf("the address is %s", got)
	}
}

// The admin token is redacted from the start, and an impersonation token once a response shows it.
func TestImpersonation_redacted(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusCreated} {
		c, _ := serveWith(t, reply(status, `{"id":7,"token":"made-up-token"}`), adminConfig())
		_, _, err := c.CreateImpersonationToken(t.Context(), "hubot", nil)
		if got := c.Secrets().Redact(oldToken + " made-up-token"); err != nil || got != "*** ***" {
			t.Errorf("the tokens became %q, error %v", got, err)
		}
	}
}

func TestImpersonation_noPath(t *testing.T) {
	t.Parallel()
	c, sent := serveWith(t, reply(http.StatusNoContent, ""), adminConfig())
	for _, name := range []string{"", ".", "..", "a/b"} {
		if _, _, err := c.CreateImpersonationToken(t.Context(), name, nil); err == nil {
			t.Errorf("%q is part of a path", name)
		}
	}
	sent.want(t)
}

// An existing token is another one's, and comes as the server shows it.
func TestImpersonation_existing(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"", otherToken} {
		c, _ := serveWith(t, reply(http.StatusOK, `{"id":7,"token":"`+token+`"}`), adminConfig())
		a, created, err := c.CreateImpersonationToken(t.Context(), "hubot", nil)
		if err != nil || created || a.ID != 7 || a.Token != token {
			t.Errorf("got %+v, created %t, error %v", a, created, err)
		}
	}
}

func TestImpersonation_refused(t *testing.T) {
	t.Parallel()
	const notFound = `{"message":"Not Found"}`
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		is      error
		want    string
	}{
		"bad token":       {reply(401, `{"message":"Bad credentials"}`), ErrBadToken, "401 Unauthorized: \"Bad credentials\""},
		"asks for a code": {reply(401, `{}`, "X-GitHub-OTP", "required; app"), ErrBadToken, "401 Unauthorized"},
		"forbidden":       {reply(403, `{"message":"Resource protected by SAML enforcement"}`), ErrTokenRefused, "403 Forbidden: \"Resource protected"},
		"password wanted": {reply(403, `{"message":"This API can only be accessed with username and password Basic Auth"}`), ErrTokenRefused, "403 Forbidden"},
		"web page":        {webPage(403), ErrNotJSON, "403 Forbidden"},
		"no scopes shown": {reply(404, notFound), ErrNoUserOrScope, "404 Not Found: \"Not Found\": unknown user, or an admin token without the scope site_admin"},
		"no scope":        {reply(404, notFound, "X-OAuth-Scopes", ""), ErrNoSiteAdmin, "lacks the scope site_admin: it has no scope"},
		"other scopes":    {reply(404, notFound, "X-OAuth-Scopes", "admin:org, repo"), ErrNoSiteAdmin, "lacks the scope site_admin: it has admin:org, repo"},
		"unknown user":    {reply(404, notFound, "X-OAuth-Scopes", "repo, site_admin"), ErrNoUser, "404 Not Found: \"Not Found\": unknown user"},
		"scope":           {reply(422, `{"message":"Validation Failed"}`), nil, "422 Unprocessable Entity: \"Validation Failed\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serveWith(t, test.handler, adminConfig())
			a, created, err := c.CreateImpersonationToken(t.Context(), "hubot", nil)
			if a != nil || created || err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %+v, created %t, error %v", a, created, err)
			}
			if n := sent.count(""); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
			_, isLeft := errors.AsType[*LeftBehindError](err)
			if errors.Is(err, ErrNotFound) || isLeft {
				t.Errorf("error %v", err)
			}
		})
	}
}

// After a refused admin token no other request is sent with it.
func TestImpersonation_gate(t *testing.T) {
	t.Parallel()
	c, sent := serveWith(t, reply(401, `{"message":"Bad credentials"}`), adminConfig())
	for range 3 {
		_, _, err := c.CreateImpersonationToken(t.Context(), "hubot", nil)
		if !errors.Is(err, ErrBadToken) {
			t.Errorf("error %v", err)
		}
	}
	if n := sent.count(""); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// After a lost response nothing is looked for, deleted or created.
func TestImpersonation_lost(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"dropped":   drop,
		"server":    reply(500, `{"message":"Server Error"}`),
		"gateway":   webPage(502),
		"web page":  webPage(201),
		"other 2xx": reply(202, `{}`),
		"timed out": reply(408, `{}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serveWith(t, handler, adminConfig())
			_, created, err := c.CreateImpersonationToken(t.Context(), "hubot", nil)
			left, ok := errors.AsType[*LeftBehindError](err)
			if created || !ok || left.What != `an impersonation token of user "hubot"` {
				t.Errorf("created %t, error %v", created, err)
			}
			_, _, err = c.CreateImpersonationToken(t.Context(), "mona", nil)
			if err == nil || !strings.Contains(err.Error(), `not sent, because the response to an earlier create was lost: an impersonation token of user "hubot" may be left`) {
				t.Errorf("error %v", err)
			}
			if n := sent.count(""); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

// A 201 that cannot be read has created a token all the same. A broken 200 has not.
func TestImpersonation_unreadable(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"garbage": `]`, "wrong type": `{"id":1,"token":5}`, "odd time": `{"id":1,"token":"` + otherToken + `","created_at":"tomorrow"}`,
	} {
		for _, status := range []int{http.StatusOK, http.StatusCreated} {
			c, _ := serveWith(t, reply(status, body), adminConfig())
			_, created, err := c.CreateImpersonationToken(t.Context(), "hubot", nil)
			_, isLeft := errors.AsType[*LeftBehindError](err)
			if err == nil || isLeft || created != (status == http.StatusCreated) {
				t.Errorf("%s, %d: created %t, error %v", name, status, created, err)
			}
		}
	}
	c, _ := serveWith(t, reply(http.StatusCreated, `{"id":1`, "Content-Length", "100"), adminConfig())
	if _, created, err := c.CreateImpersonationToken(t.Context(), "hubot", nil); err == nil || !created {
		t.Errorf("cut short: created %t, error %v", created, err)
	}
}
