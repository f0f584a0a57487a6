package provider

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const (
	impersonate = "POST /api/v3/admin/users/hubot/authorizations"
	stopActing  = "DELETE /api/v3/admin/users/hubot/authorizations"
)

// adminInstance is a server with a site administrator, root, and a user to act as, hubot.
type adminInstance struct {
	*instance
	token string // of root, with the scope site_admin
}

func newAdminInstance(t *testing.T, options ...func(*ghessim.Options)) *adminInstance {
	t.Helper()
	sim := newInstance(t, append(options, func(o *ghessim.Options) {
		o.Users = append(o.Users, ghessim.User{Login: "hubot"}, ghessim.User{Login: "root", SiteAdmin: true})
	})...)
	return &adminInstance{sim, sim.adminToken("site_admin", "repo")}
}

// adminToken returns a token of the site administrator.
func (i *instance) adminToken(scopes ...string) string {
	return i.AddAuthorization(ghessim.Authorization{Login: "root", Note: new("admin"), Scopes: scopes}).Token
}

// impersonations returns the impersonation tokens on the server.
func (i *instance) impersonations() (found []ghessim.Authorization) {
	for _, a := range i.Authorizations() {
		if a.Impersonation {
			found = append(found, a)
		}
	}
	return found
}

// noImpersonation fails if an impersonation token is left on the server.
func noImpersonation(t *testing.T, sim *adminInstance) {
	t.Helper()
	if left := sim.impersonations(); len(left) > 0 {
		t.Errorf("left on the server: %+v", left)
	}
}

// adminConfig is body with a provider block that has no username and no password.
func (i *adminInstance) adminConfig(body string) string {
	return requiredProviders + fmt.Sprintf("provider \"ghes\" {\n  base_url    = %q\n  admin_token = %q\n}\n", i.url, i.token) + body
}

// acting is an ephemeral token of hubot with more arguments, which command has as $TOKEN.
func acting(arguments, command string) string {
	return fmt.Sprintf(`
ephemeral "ghes_impersonation_token" "test" {
  username = "hubot"
  scopes   = ["repo"]
  %s
}
resource "terraform_data" "user" {
  provisioner "local-exec" {
    command     = %q
    environment = {
      TOKEN = ephemeral.ghes_impersonation_token.test.token
      REST  = "${ephemeral.ghes_impersonation_token.test.token_last_eight} ${ephemeral.ghes_impersonation_token.test.hashed_token}"
    }
  }
}
`, arguments, command)
}

// recordImpersonations returns a function that returns every impersonation token created since.
func recordImpersonations(sim *adminInstance) func() []ghessim.Authorization {
	created := recordMade(sim.instance)
	return func() (impersonations []ghessim.Authorization) {
		for _, a := range created() {
			if a.Impersonation {
				impersonations = append(impersonations, a)
			}
		}
		return impersonations
	}
}

// A plan and an apply create one token each and revoke it, also where no password works. No
// request has any other credentials than the admin token.
func TestImpersonationToken_oneRun(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, option := range map[string]func(*ghessim.Options){
		"with passwords": func(*ghessim.Options) {},
		"SAML":           func(o *ghessim.Options) { o.ExternalAuth = true },
		"old version":    func(o *ghessim.Options) { o.Version = "2.22.0" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newAdminInstance(t, option)
			created := recordImpersonations(sim)
			w := newWorkspace(t, sim.adminConfig(acting("", `echo "$TOKEN $REST" >used`)))
			w.must(0, "plan", "-out=plan")
			sim.checkCredentials(t)
			if err := sim.checkSent(impersonate, stopActing); err != nil {
				t.Error(err)
			}
			w.must(0, "apply", "plan")
			if err := sim.checkSent(impersonate, stopActing); err != nil {
				t.Error(err)
			}
			w.must(0, "plan", "-detailed-exitcode")
			noImpersonation(t, sim)

			a := created()[1]
			if a.Login != "hubot" || len(a.Scopes) != 1 || a.Scopes[0] != "repo" {
				t.Errorf("created %+v", a)
			}
			if want := fmt.Sprintf("%s %s %x\n", a.Token, a.Token[len(a.Token)-8:], sha256.Sum256([]byte(a.Token))); w.read("used") != want {
				t.Errorf("used %q, want %q", w.read("used"), want)
			}
			if err := os.Remove(filepath.Join(w.dir, "used")); err != nil {
				t.Fatal(err)
			}
			if found := append(w.find(created()[0].Token), w.find(a.Token)...); len(found) > 0 {
				t.Errorf("the token is in %q", found)
			}
		})
	}
}

// checkCredentials fails if a request has other credentials than the admin token.
func (i *adminInstance) checkCredentials(t *testing.T) {
	t.Helper()
	for _, r := range i.Requests() {
		if got := r.Header["Authorization"]; len(got) != 1 || got[0] != "token "+i.token {
			t.Errorf("Authorization %q", got)
		}
	}
}

// A token that this run has not created is used with share_existing only, and never revoked.
func TestImpersonationToken_existing(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	command := `curl --request DELETE --header "Authorization: token $GHES_ADMIN_TOKEN"`
	for name, test := range map[string]struct {
		shown     bool
		arguments string
		scopes    []string
		want      []string
		code      int
	}{
		"not shared": {shown: true, scopes: []string{"repo"}, code: 1, want: []string{
			"Error: Impersonation token already exists", `already has an impersonation token of user "hubot": authorization 77`, "set share_existing = true", command,
		}},
		"not shown": {arguments: "share_existing = true", scopes: []string{"repo"}, code: 1, want: []string{
			"Error: Unable to share impersonation token", `authorization 77, but does not show it`, command,
		}},
		"shared":               {shown: true, arguments: "share_existing = true", scopes: []string{"repo"}},
		"shared, wider":        {shown: true, arguments: "share_existing = true\n  username = \"HuBot\"", scopes: []string{"admin:org", "repo"}},
		"shared, other scopes": {shown: true, arguments: "share_existing = true", scopes: []string{"gist"}, want: []string{"Warning: Shared token lacks scopes", "was created without repo"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newAdminInstance(t, func(o *ghessim.Options) { o.ShowImpersonated = test.shown })
			a := sim.AddAuthorization(ghessim.Authorization{ID: 77, Login: "hubot", Impersonation: true, Scopes: test.scopes})
			config := sim.adminConfig(acting(test.arguments, `test "$TOKEN" = `+a.Token))
			if strings.Contains(test.arguments, "username") {
				config = strings.Replace(config, "  username = \"hubot\"\n", "", 1)
			}
			w := newWorkspace(t, config)
			output := w.must(test.code, "apply", "-auto-approve")
			contains(t, output, test.want...)
			if left := sim.impersonations(); len(left) != 1 || left[0].Token != a.Token {
				t.Errorf("left %+v", left)
			}
			for _, sent := range sim.sent() {
				if !strings.HasPrefix(sent, "POST ") {
					t.Errorf("sent %s", sent)
				}
			}
			if strings.Contains(output, "Warning") != (len(test.want) > 0 && test.code == 0) {
				t.Errorf("unexpected warning:\n%s", output)
			}
		})
	}
}

// A 404 has two causes. The error names both, and the one that the server tells.
func TestImpersonationToken_notFound(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, test := range map[string]struct {
		username string
		scopes   []string
		hidden   bool // whether the server does not tell the scopes
		want     []string
	}{
		"unknown user":     {"nobody", []string{"site_admin"}, false, []string{`username = "nobody"`, "unknown user", "This admin_token has that scope: check username"}},
		"no administrator": {"hubot", []string{"repo", "site_admin"}, false, []string{"whether the owner of the token is a site administrator"}},
		"no scope":         {"hubot", []string{"admin:org", "repo"}, false, []string{"lacks the scope site_admin: it has admin:org, repo", "This admin_token lacks that scope"}},
		"no scope at all":  {"hubot", nil, false, []string{"lacks the scope site_admin: it has no scope", "This admin_token lacks that scope"}},
		"scopes not told":  {"nobody", []string{"site_admin"}, true, []string{"Check username, and the scopes of admin_token."}},
		"neither told":     {"hubot", []string{"repo"}, true, []string{"Check username, and the scopes of admin_token."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newAdminInstance(t)
			owner := "root"
			if name == "no administrator" {
				owner = testUser
			}
			sim.token = sim.AddAuthorization(ghessim.Authorization{Login: owner, Note: new("owned"), Scopes: test.scopes}).Token
			if test.hidden {
				sim.inject(map[string]fault{http.MethodPost: respond(http.StatusNotFound, `{"message":"Not Found"}`)})
			}
			config := strings.Replace(sim.adminConfig(acting("", "true")), `"hubot"`, fmt.Sprintf("%q", test.username), 1)
			output := newWorkspace(t, config).must(1, "plan")
			contains(t, output, append(test.want, "Error: Unable to create impersonation token",
				fmt.Sprintf(`Either the server has no user %q, or admin_token is not a site administrator's token with the scope site_admin.`, test.username))...)
			if err := sim.checkSent("POST /api/v3/admin/users/" + test.username + "/authorizations"); err != nil {
				t.Error(err)
			}
		})
	}
}

// A refused admin token is one request, and does not stop requests with the password. A refused
// password does not stop requests with the admin token.
func TestImpersonationToken_credentials(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	config := func(sim *adminInstance, token, password string) string {
		return requiredProviders + fmt.Sprintf("provider \"ghes\" {\n  base_url = %q\n  username = %q\n  password = %q\n  admin_token = %q\n}\n", sim.url, testUser, password, token) + `
ephemeral "ghes_impersonation_token" "test" {
  for_each = toset(["hubot", "octocat", "root"])
  username = each.key
  scopes   = []
}
data "ghes_authorizations" "test" {}
`
	}
	t.Run("admin token", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		output := newWorkspace(t, config(sim, "made-up-admin-token", testPassword)).must(1, "plan")
		contains(t, output, "401 Unauthorized: \"Bad credentials\"", "The server does not accept the admin token for 127.0.0.1",
			"admin_token from the provider block", "GHES_ADMIN_TOKEN", "Not sent, because an earlier request of this run was refused: bad admin token.")
		if strings.Contains(output, "made-up-admin-token") || strings.Contains(output, "Invalid username") {
			t.Errorf("output:\n%s", output)
		}
		posts, reads := 0, 0
		for _, r := range sim.Requests() {
			if r.Method == http.MethodPost {
				posts++
			} else if r.Status == http.StatusOK {
				reads++
			}
		}
		if posts != 1 || reads != 1 {
			t.Errorf("%d requests with the token, %d lists, want 1 and 1", posts, reads)
		}
	})
	t.Run("password", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		contains(t, newWorkspace(t, config(sim, sim.token, "wrong-password")).must(1, "plan"), "Invalid username or password")
		if err := sim.checkSent(impersonate, stopActing, strings.Replace(impersonate, "hubot", "octocat", 1), strings.Replace(stopActing, "hubot", "octocat", 1),
			strings.Replace(impersonate, "hubot", "root", 1), strings.Replace(stopActing, "hubot", "root", 1), "GET /api/v3/authorizations?page=1&per_page=100"); err != nil {
			t.Error(err)
		}
		noImpersonation(t, sim)
	})
	t.Run("forbidden", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		sim.inject(map[string]fault{http.MethodPost: respond(http.StatusForbidden, `{"message":"Resource protected by organization SAML enforcement"}`)})
		contains(t, newWorkspace(t, sim.adminConfig(acting("", "true"))).must(1, "plan"),
			"403 Forbidden: \"Resource protected", "The server refuses the admin token for this request.")
		if err := sim.checkSent(impersonate); err != nil {
			t.Error(err)
		}
	})
}

// While defer_until is unknown, no token is created.
func TestImpersonationToken_deferred(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newAdminInstance(t)
	w := newWorkspace(t, sim.adminConfig(acting("defer_until = terraform_data.first.id", "true")+"resource \"terraform_data\" \"first\" {}"))
	w.must(0, "plan", "-out=plan")
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
	w.must(0, "apply", "plan")
	if err := sim.checkSent(impersonate, stopActing); err != nil {
		t.Error(err)
	}
	noImpersonation(t, sim)
}

func TestImpersonationToken_refusedAtValidate(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, test := range map[string]struct{ arguments, want string }{
		"empty":      {"username = \"\"\n  scopes = []", "Invalid URL path element"},
		"dot":        {"username = \".\"\n  scopes = []", "Invalid URL path element"},
		"dots":       {"username = \"..\"\n  scopes = []", "Invalid URL path element"},
		"slash":      {"username = \"a/b\"\n  scopes = []", "Invalid URL path element"},
		"no scopes":  {`username = "hubot"`, `The argument "scopes" is required`},
		"null scope": {"username = \"hubot\"\n  scopes = [null]", "Null scope"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, requiredProviders+"ephemeral \"ghes_impersonation_token\" \"test\" {\n  "+test.arguments+"\n}\n")
			contains(t, w.must(1, "validate"), "Error: ", test.want)
		})
	}
}

func TestImpersonationToken_scopeWarnings(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	w := newWorkspace(t, requiredProviders+"ephemeral \"ghes_impersonation_token\" \"test\" {\n  username = \"hubot\"\n  scopes = [\"repo\", \"repo:status\", \"frobnicate\"]\n}\n")
	contains(t, w.must(0, "validate"), "Warning: Unknown scope", "Warning: Redundant scope")
}
