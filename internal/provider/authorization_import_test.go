package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func TestAuthorizationResource_importVerify(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.test(t,
		resource.TestStep{Config: sim.config(driftConfig)},
		resource.TestStep{
			ResourceName:            testAddress,
			ImportState:             true,
			ImportStateVerify:       true,
			ImportStateVerifyIgnore: []string{"token"}, // the server shows it once
		},
	)
}

// Imports one of every kind, with every way of writing its configuration, and
// wants an empty plan, then an update that works.
func TestAuthorizationResource_import(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		there  ghessim.Authorization
		config string
		update string
	}{
		"everything": {
			ghessim.Authorization{Note: new("ci"), NoteURL: new("https://ci.example.com"), Scopes: []string{"user", "repo"}, Fingerprint: new("a")},
			"note = \"ci\"\nnote_url = \"https://ci.example.com\"\nscopes = [\"repo\", \"user\"]\nfingerprint = \"a\"",
			`note = "ci 2"`,
		},
		"no more than a note": {
			ghessim.Authorization{Note: new("ci")},
			`note = "ci"`,
			`scopes = ["gist"]`,
		},
		"empty texts on the server": {
			ghessim.Authorization{Note: new("ci"), NoteURL: new("")},
			`note = "ci"`,
			`note_url = "https://ci.example.com"`,
		},
		"implied scopes on the server": {
			ghessim.Authorization{Note: new("ci"), Scopes: []string{"repo", "repo:status", "user:email", "user"}},
			"note = \"ci\"\nscopes = [\"user\", \"repo\"]",
			`scopes = ["repo"]`,
		},
		"no note, which old tokens have": {
			ghessim.Authorization{Scopes: []string{"gist"}},
			`scopes = ["gist"]`,
			`note = "now it has one"`,
		},
		"an app's, without its secret": {
			ghessim.Authorization{ClientID: testClientID, Fingerprint: new("a")},
			fmt.Sprintf("client_id = %q\nfingerprint = \"a\"", testClientID),
			`note = "n"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			a := sim.AddAuthorization(test.there)
			block := func(body string) string {
				return sim.config("resource \"ghes_authorization\" \"test\" {\n" + body + "\n}\n")
			}
			w := newWorkspace(t, block(test.config))
			sim.forget()
			w.must(0, "import", testAddress, fmt.Sprint(a.ID))
			if err := sim.checkSent(fmt.Sprintf("GET /api/v3/authorizations/%d", a.ID)); err != nil {
				t.Error(err)
			}
			w.must(0, "plan", "-detailed-exitcode")

			key, _, _ := strings.Cut(test.update, " ")
			var kept []string
			for line := range strings.SplitSeq(test.config, "\n") {
				if !strings.HasPrefix(line, key+" ") {
					kept = append(kept, line)
				}
			}
			w.write("main.tf", block(strings.Join(append(kept, test.update), "\n")))
			contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
			w.must(0, "plan", "-detailed-exitcode")
			if after, ok := sim.Authorization(a.ID); !ok || after.Token != a.Token {
				t.Errorf("the token that was imported is not there any more")
			}
		})
	}
}

// The server's responses do not have an app's secret. When the configuration sets it
// first after an import, the provider writes it to state and sends nothing.
func TestAuthorizationResource_importThenSecret(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID})
	config := func(secret string) string {
		return sim.config(fmt.Sprintf("import {\n  to = %s\n  id = \"1\"\n}\nresource \"ghes_authorization\" \"test\" {\n  client_id = %q\n  %s\n}\n", testAddress, testClientID, secret))
	}
	sim.test(t,
		resource.TestStep{Config: config("")},
		resource.TestStep{
			PreConfig: sim.forget,
			Config:    config(`client_secret = "not-a-real-client-secret"`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(testAddress, plancheck.ResourceActionUpdate),
			}},
			ConfigStateChecks: []statecheck.StateCheck{sim.expectSent("GET /api/v3/authorizations/1")},
		},
	)
}

// Import blocks without a resource: the CLI writes the configuration, and the
// plan of it is empty.
func TestAuthorizationResource_generatedConfig(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	var blocks string
	for i, a := range []ghessim.Authorization{
		{Note: new("ci"), NoteURL: new("https://ci.example.com"), Scopes: []string{"repo", "repo:status"}},
		{Note: new("bare")},
		{ClientID: testClientID, Fingerprint: new("a"), Scopes: []string{"gist"}},
		{ClientID: testClientID, Note: new("noted"), NoteURL: new("")},
	} {
		a = sim.AddAuthorization(a)
		blocks += fmt.Sprintf("import {\n  to       = ghes_authorization.a%d\n  id       = \"%d\"\n  provider = ghes\n}\n", i, a.ID)
	}
	w := newWorkspace(t, sim.config(blocks))
	contains(t, w.must(2, "plan", "-generate-config-out=generated.tf", "-detailed-exitcode"), "4 to import, 0 to add, 0 to change, 0 to destroy")
	if generated := w.read("generated.tf"); strings.Contains(generated, "hashed_token") {
		t.Errorf("generated configuration sets what is computed:\n%s", generated)
	}
	// Terraform 1.16 finds the provider of generated configuration by the
	// argument only; with the configuration there, all refuse it.
	w.write("main.tf", sim.config(strings.ReplaceAll(blocks, "  provider = ghes\n", "")))
	contains(t, w.must(0, "apply", "-auto-approve"), "4 imported, 0 added, 0 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
	w.write("main.tf", sim.config(""))
	w.must(0, "plan", "-detailed-exitcode")
}

func TestAuthorizationResource_importRefused(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(`resource "ghes_authorization" "test" { note = "ci" }`))
	for _, id := range []string{"ci", "0", "-1", "1.5", "0x10", "99999999999999999999", "1/2", " 1", ""} {
		output, code := w.run("import", testAddress, id)
		if code == 0 {
			t.Errorf("imported %q", id)
		}
		if id != "" { // the CLI's own error
			contains(t, output, "Unable to import authorization", "Import an authorization by its ID")
		}
	}
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
	contains(t, w.must(1, "import", testAddress, "42"), "Cannot import non-existent remote object")
}

// A resource in a module is imported by a block of the root module, and in Terraform 1.16 by one
// of its own module as well.
func TestImport_module(t *testing.T) {
	t.Parallel()
	const (
		call       = "module \"m\" {\n  source = \"./m\"\n}\n"
		byIdentity = "import {\n  to = ghes_authorization.ci\n  identity = { id = 1 }\n}\n"
	)
	for name, test := range map[string]struct {
		root, module string
		oldest       string // Terraform's oldest that has it
	}{
		"root":             {call + strings.Replace(importCI, "ghes_", "module.m.ghes_", 1), "", ""},
		"module":           {call, importCI, "1.16"},
		"module, identity": {call, byIdentity, "1.16"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.oldest != "" {
				needsTerraform(t, test.oldest)
			}
			sim := newInstance(t)
			sim.AddAuthorization(ghessim.Authorization{Note: new("CI"), Scopes: []string{"repo"}})
			w := newWorkspace(t, sim.config(test.root))
			w.writeModule(requiredProviders + managedCI + test.module)
			w.must(0, "init")
			contains(t, w.must(0, "apply", "-auto-approve"), "1 imported, 0 added, 0 changed")
			w.must(0, "plan", "-detailed-exitcode")
			onlyReads(t, sim)
		})
	}
}
