package ghessim_test

import (
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const impersonatePath = "/admin/users/hubot/authorizations"

// withAdmin adds a site administrator to the usual users, and returns an option for requests with a token of that user.
func withAdmin(t *testing.T, o ghessim.Options, scopes ...string) (*instance, option) {
	t.Helper()
	o.Users = []ghessim.User{{Login: login, Password: password}, {Login: "hubot"}, {Login: "root", Password: "root-horse", SiteAdmin: true}}
	i := start(t, o)
	token := i.AddAuthorization(ghessim.Authorization{Login: "root", Note: new("admin"), Scopes: scopes}).Token
	return i, header("Authorization", "token "+token)
}

func TestImpersonation(t *testing.T) {
	t.Parallel()
	i, admin := withAdmin(t, ghessim.Options{}, "site_admin", "repo")
	i.do("DELETE", impersonatePath, "", admin).want(404, "Not Found")
	got := i.do("POST", impersonatePath, `{"scopes":["repo"]}`, admin).want(201, `"name":"GitHub Site Administrator"`)
	a := decode[authorization](got)
	if !strings.HasPrefix(a.Token, "gho_") || a.Note != nil || len(a.Scopes) != 1 || got.header.Get("Location") != a.URL {
		t.Errorf("created %s, Location %s", got.body, got.header.Get("Location"))
	}
	if scopes := got.header.Get("X-OAuth-Scopes"); scopes != "repo, site_admin" {
		t.Errorf("X-OAuth-Scopes is %q", scopes)
	}
	again := decode[authorization](i.do("POST", "/admin/users/HUBOT/authorizations", `{"scopes":["gist"]}`, admin).want(200, `"scopes":["repo"]`))
	if again.ID != a.ID || again.Token != "" {
		t.Errorf("the second request returned %+v", again)
	}
	// The token is one of the user's.
	i.do("GET", "/authorizations", "", header("Authorization", "token "+a.Token)).want(403, tokenText)
	i.do("DELETE", impersonatePath, "", admin).want(204, "")
	i.do("DELETE", impersonatePath, "", admin).want(404, "Not Found")
	i.do("POST", impersonatePath, `{}`, admin).want(422, `\"scopes\" wasn't supplied`)
	i.do("POST", "/admin/users/nobody/authorizations", `{"scopes":[]}`, admin).want(404, "Not Found")
}

func TestImpersonation_shown(t *testing.T) {
	t.Parallel()
	i, admin := withAdmin(t, ghessim.Options{ShowImpersonated: true}, "site_admin")
	existing := i.AddAuthorization(ghessim.Authorization{Login: "hubot", Impersonation: true})
	i.do("POST", impersonatePath, `{"scopes":[]}`, admin).want(200, existing.Token)
}

// Passwords do not work here. A token also works on a server without passwords.
func TestImpersonation_authentication(t *testing.T) {
	t.Parallel()
	i, admin := withAdmin(t, ghessim.Options{ExternalAuth: true, NoAuthorizations: true}, "site_admin")
	i.do("POST", impersonatePath, `{"scopes":[]}`, admin).want(201, "gho_")
	for name, c := range map[string]struct {
		scopes  []string
		owner   string
		request option
		status  int
		shown   string
	}{
		"nobody":           {status: 401, request: anonymous},
		"unknown token":    {status: 401, request: header("Authorization", "Bearer made-up")},
		"wrong password":   {status: 401, request: basic("root", "incorrect")},
		"password":         {status: 404, request: basic("root", "root-horse")},
		"without scope":    {status: 404, owner: "root", scopes: []string{"repo", "admin:org"}, shown: "admin:org, repo"},
		"no administrator": {status: 404, owner: login, scopes: []string{"site_admin"}, shown: "site_admin"},
		"administrator":    {status: 201, owner: "root", scopes: []string{"site_admin"}, shown: "site_admin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, _ := withAdmin(t, ghessim.Options{})
			if c.owner != "" {
				token := i.AddAuthorization(ghessim.Authorization{Login: c.owner, Note: new("ci"), Scopes: c.scopes}).Token
				c.request = header("Authorization", "Bearer "+token)
			}
			got := i.do("POST", impersonatePath, `{"scopes":[]}`, c.request).want(c.status, "")
			if shown := got.header.Get("X-OAuth-Scopes"); shown != c.shown {
				t.Errorf("X-OAuth-Scopes is %q, want %q", shown, c.shown)
			}
		})
	}
}
