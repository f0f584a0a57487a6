package provider

import (
	"fmt"
	"strings"
	"testing"
)

// The admin token comes from the environment without the whitespace around it.
func TestAdminToken_environment(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newAdminInstance(t)
	w := newBinaryWorkspace(t, requiredProviders+acting("", "true"))
	w.env = append(w.env, envBaseURL+"="+sim.url, envAdminToken+"= "+sim.token+"\n")
	w.must(0, "apply", "-auto-approve")
	sim.checkCredentials(t)
}

// A block that needs a missing setting says so, and sends nothing.
func TestAdminToken_missing(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	const needsPassword = "All other requests need a username and a password."
	admin := "admin_token = \"made-up-admin-token\""
	for name, test := range map[string]struct {
		settings, config string
		want             []string
	}{
		"admin token": {
			fmt.Sprintf("username = %q\npassword = %q", testUser, testPassword), acting("", "true"),
			[]string{"Error: Unable to create impersonation token", "Set admin_token in the provider block, or GHES_ADMIN_TOKEN in the environment."},
		},
		"all": {"", acting("", "true"), []string{"Error: Missing provider setting", "Set username in the provider block", "Set password in the provider block", "If you use only ghes_impersonation_token, set admin_token instead."}},
		"username and password": {admin, oneNote, []string{
			"Error: Unable to create authorization", needsPassword, "Set username in the provider block, or GHES_USERNAME in the environment.",
			"Set password in the provider block, or GHES_PASSWORD in the environment.",
		}},
		"password":    {admin + "\nusername = \"octocat\"", oneNote, []string{needsPassword + " Set password in the provider block, or GHES_PASSWORD in the environment."}},
		"data source": {admin, `data "ghes_grants" "all" {}`, []string{needsPassword}},
		"ephemeral":   {admin, `ephemeral "ghes_authorization" "once" {}`, []string{"Error: Unable to open ephemeral authorization", needsPassword}},
		"line break":  {"admin_token = \"made-up-admin-token\\n\"", oneNote, []string{"Error: Invalid provider setting", "from admin_token or GHES_ADMIN_TOKEN, contains a control character", "trimspace()"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newAdminInstance(t)
			block := fmt.Sprintf("provider \"ghes\" {\nbase_url = %q\n%s\n}\n", sim.url, test.settings)
			output := newWorkspace(t, requiredProviders+block+test.config).must(1, "apply", "-auto-approve")
			contains(t, output, test.want...)
			if strings.Contains(output, "made-up-admin-token") {
				t.Errorf("the token is printed:\n%s", output)
			}
			if err := sim.checkSent(); err != nil {
				t.Error(err)
			}
		})
	}
}

// If the admin token is unknown in the plan, blocks that sign in with the password still work.
// The same holds the other way round.
func TestAdminToken_unknown(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	config := func(sim *adminInstance, block, body string) string {
		return requiredProviders + fmt.Sprintf("resource \"terraform_data\" \"secret\" {\n  input = %q\n}\nprovider \"ghes\" {\nbase_url = %q\n%s\n}\n", sim.token, sim.url, block) + body
	}
	const unknown = "admin_token = terraform_data.secret.output"
	t.Run("admin token", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		signIn := fmt.Sprintf("username = %q\npassword = %q\n", testUser, testPassword)
		w := newWorkspace(t, config(sim, signIn+unknown, `data "ghes_authorizations" "all" {}`+acting("defer_until = terraform_data.secret.id", "true")))
		w.must(0, "plan")
		if err := sim.checkSent("GET /api/v3/authorizations?page=1&per_page=100"); err != nil {
			t.Error(err)
		}
		w.must(0, "apply", "-auto-approve")
		noImpersonation(t, sim)
	})
	t.Run("admin token alone", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		w := newWorkspace(t, config(sim, unknown, acting("", "true")))
		contains(t, w.must(1, "plan"), "needs settings that are only known after an apply: admin_token")
		w.write("main.tf", config(sim, unknown, acting("defer_until = terraform_data.secret.id", "true")))
		w.must(0, "apply", "-auto-approve")
		if err := sim.checkSent(impersonate, stopActing); err != nil {
			t.Error(err)
		}
	})
	t.Run("password", func(t *testing.T) {
		t.Parallel()
		sim := newAdminInstance(t)
		signIn := fmt.Sprintf("admin_token = %q\nusername = terraform_data.secret.output\npassword = terraform_data.secret.output\n", sim.token)
		newWorkspace(t, config(sim, signIn, acting("", "true"))).must(0, "plan")
		if err := sim.checkSent(impersonate, stopActing); err != nil {
			t.Error(err)
		}
	})
}
