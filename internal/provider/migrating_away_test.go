package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const managedCI = `
resource "ghes_authorization" "ci" {
  note   = "CI"
  scopes = ["repo"]
}
`

// loseAPI makes the server one that no longer has the API, as after an upgrade.
func (i *instance) loseAPI() {
	without := ghessim.New(ghessim.Options{NoAuthorizations: true, Users: []ghessim.User{{Login: testUser, Password: testPassword}}})
	i.Intercept(func(w http.ResponseWriter, r *http.Request, _ http.Handler) { without.ServeHTTP(w, r) })
}

// forgetExample returns the example that stops managing resources, in the form that the
// CLI supports.
func forgetExample(t *testing.T) string {
	t.Helper()
	text := example(t, "guides/migrating-away/forget.tf")
	if onOpenTofu() && cliOlderThan("1.10") {
		before, _, _ := strings.Cut(text, "\n  lifecycle {")
		return before + "}\n"
	}
	return text
}

// forgotten checks that the state is empty, that a plan finds nothing to do, and that
// the token is still on the server.
func (w *workspace) forgotten(sim *instance, created ghessim.Authorization) {
	w.t.Helper()
	contains(w.t, strings.ReplaceAll(w.read("terraform.tfstate"), " ", ""), `"resources":[]`)
	w.must(0, "plan", "-detailed-exitcode")
	if now, ok := sim.Authorization(created.ID); !ok || now.Token != created.Token {
		w.t.Errorf("there is %+v, not %+v", now, created)
	}
}

// foresee runs the inventory on a release without the API.
func (g *guidePage) foresee(t *testing.T) {
	t.Helper()
	sim := newInstance(t)
	sim.loseAPI()
	inventory, _, _ := strings.Cut(example(t, "guides/migrating-away/inventory.tf"), "# The tokens")
	contains(t, g.printed(newWorkspace(t, sim.config(inventory)).must(1, "plan")),
		"Unable to read authorizations", "The server is GitHub Enterprise Server")
}

// The inventory has everything but tokens, and the tokens of the state are in a file of their own. An authorization that is
// removed from state stays on the server.
func TestGuides_migratingAway(t *testing.T) {
	t.Parallel()
	g, sim := openGuide(t, "migrating-away"), newInstance(t)
	g.skip("terraform state rm") // see TestGuides_migratingAwayLate
	g.foresee(t)
	mine := sim.AddAuthorization(ghessim.Authorization{Note: new("mine")})
	sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("builder-1"), Scopes: []string{"repo"}})
	w := newWorkspace(t, sim.config(managedCI))
	w.must(0, "apply", "-auto-approve")
	created := sim.named("CI")
	w.write("inventory.tf", example(t, "guides/migrating-away/inventory.tf"))
	contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
	g.script(w, example(t, "guides/migrating-away/inventory.sh"))
	contains(t, w.read("inventory.json"), `"note":"CI"`, `"note":"mine"`, `"app":"Deployer"`, `"fingerprint":"builder-1"`, `"token_last_eight":"`+mine.Token[len(mine.Token)-8:]+`"`)
	for _, token := range []string{created.Token, mine.Token} {
		if strings.Contains(w.read("inventory.json"), token) {
			t.Errorf("the inventory has %s", token)
		}
	}
	contains(t, w.read("tokens.json"), created.Token)

	sim.forget()
	w.write("main.tf", sim.config(forgetExample(t)))
	contains(t, w.must(1, "plan"), "Reference to undeclared resource")
	w.write("inventory.tf", "")
	contains(t, g.run(w, "terraform apply"), "0 added, 0 changed, 0 destroyed")
	contains(t, w.read("terraform.tfstate.backup"), created.Token)
	w.forgotten(sim, created)
	if _, others := sim.count("GET "); others != 0 {
		t.Errorf("%d requests that are no reads", others)
	}
}

// A server that is new has no API to ask: the inventory shows it.
func TestGuides_migratingAwayForeseen(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.loseAPI()
	inventory, _, _ := strings.Cut(example(t, "guides/migrating-away/inventory.tf"), "# The tokens")
	contains(t, newWorkspace(t, sim.config(inventory)).must(1, "plan"),
		"Unable to read authorizations", "this server does not offer the OAuth Authorizations API", "The server is GitHub Enterprise Server")
}

// If the server was upgraded first, the state stays as it is. The rest of the configuration
// is applied without a refresh, and all ways to stop managing a token work.
func TestGuides_migratingAwayLate(t *testing.T) {
	t.Parallel()
	for name, stopManaging := range map[string]func(*workspace, *instance){
		"removed": func(w *workspace, sim *instance) {
			w.write("main.tf", sim.config(forgetExample(w.t)))
			w.must(0, "apply", "-auto-approve", "-refresh=false")
		},
		"state rm": func(w *workspace, sim *instance) {
			w.shell(w.dir, strings.Replace(example(w.t, "guides/migrating-away/forget.sh"), `["KEY"]`, "", 1))
			w.write("main.tf", sim.config(""))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(managedCI))
			w.must(0, "apply", "-auto-approve")
			created := sim.named("CI")
			sim.loseAPI()
			for _, command := range []string{"plan", "destroy"} {
				contains(t, w.must(1, command), "Unable to read authorization", "this server does not offer the OAuth Authorizations API", "The state was not changed")
			}
			w.write("other.tf", "resource \"terraform_data\" \"other\" {}\n")
			contains(t, w.must(0, "apply", "-auto-approve", "-refresh=false"), "1 added, 0 changed, 0 destroyed")
			contains(t, w.read("terraform.tfstate"), created.Token)
			w.write("other.tf", "data \"ghes_grants\" \"all\" {}\n")
			contains(t, w.must(1, "plan", "-refresh=false"), "Unable to read grants")
			w.write("other.tf", "")
			w.must(0, "apply", "-auto-approve", "-refresh=false")
			stopManaging(w, sim)
			w.forgotten(sim, created)
		})
	}
}

// The guide warns of this: nothing is revoked, but the CLI counts it as destroyed.
func TestGuides_migratingAwayDestroyedUnseen(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(managedCI))
	w.must(0, "apply", "-auto-approve")
	created := sim.named("CI")
	sim.loseAPI()
	contains(t, w.must(0, "destroy", "-auto-approve", "-refresh=false"), "1 destroyed")
	w.write("main.tf", sim.config(""))
	w.forgotten(sim, created)
}
