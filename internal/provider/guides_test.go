package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// newCI starts a server with three tokens that the guides import, and two that they do not.
func newCI(t *testing.T) *instance {
	t.Helper()
	sim := newInstance(t)
	for _, a := range []ghessim.Authorization{
		{ID: 5, Note: new("CI: linux"), Scopes: []string{"repo"}},
		{ID: 6, Note: new("CI: windows"), NoteURL: new("https://ci.example.com")},
		{ID: 7, ClientID: testClientID, Note: new("CI: app"), Fingerprint: new("a")},
		{ID: 8, Note: new("mine")},
		{ID: 123, Note: new("CI"), Scopes: []string{"repo"}},
	} {
		sim.AddAuthorization(a)
	}
	return sim
}

// One token is found and imported, and each failure that the guide explains is a real one.
func TestGuides_importing(t *testing.T) {
	t.Parallel()
	g, sim := openGuide(t, "importing"), newCI(t)
	w := newWorkspace(t, sim.config(""))
	w.write("find.tf", example(t, "guides/importing/find.tf"))
	g.run(w, "terraform plan")
	w.write("find.tf", "")

	imported := example(t, "guides/importing/import.tf")
	for _, mistake := range []struct{ correct, wrong, message string }{
		{`["repo"]`, `["gist"]`, "Plan: 1 to import, 0 to add, 1 to change"},
		{`"123"`, `"42"`, "Cannot import non-existent remote object"},
		{`"123"`, `"CI"`, "Import an authorization by its ID"},
	} {
		w.write("import.tf", strings.Replace(imported, mistake.correct, mistake.wrong, 1))
		output, _ := w.run("plan")
		contains(t, output, mistake.message)
	}
	w.write("import.tf", imported)
	g.run(w, "terraform plan")
	contains(t, g.run(w, "terraform apply"), "1 imported, 0 added, 0 changed, 0 destroyed")
	_, resource, _ := strings.Cut(imported, "\n}\n")
	w.write("import.tf", resource)
	contains(t, g.run(w, "terraform plan"), "No changes")

	w.write("twice.tf", strings.NewReplacer(".ci", ".twice", `"ci"`, `"twice"`, `["repo"]`, `["gist"]`).Replace(imported))
	output, _ := w.run("plan")
	contains(t, g.printed(output), "is managed twice")
	onlyReads(t, sim)
	g.generateImported(t)
}

// Terraform writes the resource. Terraform 1.16 needs the line that the guide names, or fails with the error that it shows.
func (g *guidePage) generateImported(t *testing.T) {
	t.Helper()
	sim := newCI(t)
	block, _, _ := strings.Cut(example(t, "guides/importing/import.tf"), "}\n")
	w := newWorkspace(t, sim.config(block+"}\n"))
	if output, code := w.run("plan", "-generate-config-out=first.tf"); code != 0 {
		if isOpenTofu || cliOlderThan("1.16") {
			t.Fatal(output)
		}
		contains(t, output, `unavailable provider "registry.terraform.io/hashicorp/ghes"`)
		w.write("main.tf", sim.config(block+"  provider = ghes\n}\n"))
	}
	w.write("first.tf", "")
	g.run(w, "terraform plan -generate-config-out=generated.tf")
	w.write("main.tf", sim.config(block+"}\n"))
	contains(t, w.must(0, "apply", "-auto-approve"), "1 imported, 0 added, 0 changed, 0 destroyed")
	onlyReads(t, sim)
}

// Every way of the guide imports all tokens and changes none.
func TestGuides_importingMany(t *testing.T) {
	t.Parallel()
	g := openGuide(t, "importing-many")
	if isOpenTofu || cliOlderThan("1.14") {
		g.skip("terraform query", "list.ghes_authorization.ci", "3 to import", "terraform plan", "terraform apply")
	} else {
		sim := newCI(t)
		w := newWorkspace(t, sim.config(""))
		w.write("tokens.tfquery.hcl", example(t, "list-resources/ghes_authorization/list-resource.tfquery.hcl"))
		g.printed(strings.ReplaceAll(g.run(w, "terraform query"), sim.host(), "ghe.example.com"))
		g.run(w, "terraform query -generate-config-out=generated.tf")
		w.write("generated.tf", strings.NewReplacer("ci_0", "linux", "ci_1", "windows").Replace(w.read("generated.tf")))
		g.run(w, "terraform plan")
		contains(t, g.run(w, "terraform apply"), "3 imported, 0 added, 0 changed, 0 destroyed")
		w.write("generated.tf", nullLine.ReplaceAllString(importBlocks.ReplaceAllString(w.read("generated.tf"), ""), ""))
		contains(t, w.must(0, "plan"), "No changes")
		onlyReads(t, sim)
	}

	sim := newCI(t)
	w := newWorkspace(t, sim.config(""))
	w.write("blocks.tf", example(t, "guides/importing/blocks.tf"))
	if isOpenTofu || cliOlderThan("1.14") {
		g.script(w, example(t, "guides/importing/blocks.sh"))
		w.write("blocks.tf", "")
		contains(t, w.must(0, "apply", "-auto-approve"), "3 imported, 0 added, 0 changed, 0 destroyed")
		w.write("imports.tf", "")
		w.must(0, "plan", "-detailed-exitcode")
		onlyReads(t, sim)
	} else {
		g.skip("imports.tf", "-generate-config-out")
	}
}

var (
	importBlocks = regexp.MustCompile(`(?s)import \{.*?\n\}\n`)
	nullLine     = regexp.MustCompile(`(?m)^ +\w+ += null.*\n`)
)

// The tokens stay, if the keys do.
func TestGuides_importingForEach(t *testing.T) {
	t.Parallel()
	sim := newCI(t)
	w := newWorkspace(t, sim.config(example(t, "guides/importing/for-each.tf")))
	contains(t, w.must(0, "apply", "-auto-approve"), "3 imported, 0 added, 0 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
	kept := example(t, "guides/importing/for-each-kept.tf")
	w.write("main.tf", sim.config(strings.NewReplacer(`"5" =`, `"linux" =`, `"6" =`, `"windows" =`).Replace(kept)))
	contains(t, w.must(0, "plan"), "2 to add, 0 to change, 2 to destroy")
	w.write("main.tf", sim.config(kept))
	w.must(0, "plan", "-detailed-exitcode")
	onlyReads(t, sim)
}

func TestGuides_moving(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	g := openGuide(t, "moving")
	g.skip("ghes_authorization_fingerprint.builder") // see TestMoveOwn_example
	sim := newInstance(t)
	a := sim.AddAuthorization(ghessim.Authorization{Note: new("CI"), Scopes: []string{"repo"}})
	w := newWorkspace(t, sim.config(example(t, "guides/moving/from-another-provider.tf")))
	w.withOther("restapi_object", "mastercard/restapi", 0, fmt.Sprintf(`{"id": "%d", "path": "/authorizations", "create_response": %q}`, a.ID, responseFor(sim, a, a.Token)))
	w.write("terraform.tfstate", strings.Replace(w.state(), `"name": "test"`, `"name": "ci"`, 1))
	w.must(1, "plan", "-refresh=false")
	g.run(w, "terraform plan")
	contains(t, g.run(w, "terraform apply"), "0 added, 0 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
	if !strings.Contains(w.read("terraform.tfstate"), a.Token) {
		t.Error("the token is not in the state")
	}

	// With the token it counts as created by the resource.
	w.write("main.tf", strings.Replace(w.read("main.tf"), "scopes ", "store_token = false\n  scopes ", 1))
	contains(t, w.must(0, "plan"), "1 to add, 0 to change, 1 to destroy")
}

func TestGuides_oauthApps(t *testing.T) {
	t.Parallel()
	g, sim := openGuide(t, "oauth-apps"), newInstance(t)
	g.skip("export ")
	w := newWorkspace(t, sim.config(example(t, "guides/oauth-apps/main.tf")))
	w.env = append(w.env, "TF_VAR_client_id="+testClientID, "TF_VAR_client_secret="+testSecret)
	g.run(w, "terraform apply")
	w.must(0, "plan", "-detailed-exitcode")
	if len(sim.Authorizations()) != 2 || len(sim.Grants()) != 1 {
		t.Errorf("created: %+v, %+v", sim.Authorizations(), sim.Grants())
	}
	w.must(0, "destroy", "-auto-approve")
	if len(sim.Authorizations()) != 0 || len(sim.Grants()) != 1 {
		t.Errorf("left: %+v, %+v", sim.Authorizations(), sim.Grants())
	}
}

// The guide's commands find a leaked token, and revoke or replace it and no other one.
func TestGuides_afterAnIncident(t *testing.T) {
	t.Parallel()
	g, sim := openGuide(t, "after-an-incident"), newInstance(t)
	g.skip("export ", "terraform init")
	const ci = "resource \"ghes_authorization\" \"ci\" {\n  note   = \"CI\"\n  scopes = [\"repo\"]\n}\n"
	for _, a := range []ghessim.Authorization{
		{ID: 5, Note: new("CI"), Scopes: []string{"repo"}},
		{ID: 7, Note: new("backup"), Scopes: []string{"repo"}, Token: "not-a-real-token", CreatedAt: time.Now().Add(-40*24*time.Hour - time.Hour)},
		{ID: 8, Note: new("mine")},
		{ID: 9, ClientID: testClientID, Note: new("builder")},
	} {
		sim.AddAuthorization(a)
	}
	managed := newWorkspace(t, sim.config(ci))
	managed.must(0, "import", "ghes_authorization.ci", "5")

	_, list, _ := strings.Cut(example(t, "guides/after-an-incident/main.tf"), "\n}\n\n")
	w := newWorkspace(t, sim.config(list))
	w.env = append(w.env, "TF_VAR_leaked=not-a-real-token")
	g.run(w, "terraform apply")
	g.script(w, "terraform output -json tokens >tokens.json")
	contains(t, w.read("tokens.json"), `"token_last_eight":"al-token"`, `"note":"mine"`)
	w.write("leaked.tf", example(t, "guides/after-an-incident/leaked.tf"))
	output := w.must(0, "apply", "-auto-approve")
	found := regexp.MustCompile(`audit_log_search = "([^ ]*)"`).FindStringSubmatch(output)
	if found == nil || strings.Count(output, found[1]) < 2 {
		t.Errorf("the search of the token itself is not that of authorization 7:\n%s", output)
	}
	w.write("leaked.tf", "")

	g.script(managed, "terraform show -no-color | grep -E '^(# |Outputs:)|token_last_eight'")
	contains(t, g.run(managed, "terraform apply -replace=ghes_authorization.ci"), "1 added, 0 changed, 1 destroyed")
	if _, left := sim.Authorization(5); left {
		t.Error("authorization 5 was not revoked")
	}

	if isOpenTofu || cliOlderThan("1.14") {
		g.skip("-invoke", "evoke")
	} else {
		w.write("revoke.tf", example(t, "guides/after-an-incident/revoke.tf"))
		g.run(w, "terraform apply -invoke=action.ghes_revoke_authorizations.leaked")
		w.write("revoke.tf", strings.Replace(example(t, "guides/after-an-incident/revoke.tf"), "    dry_run     = true\n", "", 1))
		g.run(w, "terraform apply -invoke=action.ghes_revoke_authorizations.leaked")
		w.write("grant.tf", example(t, "actions/ghes_revoke_grant/action.tf"))
		g.run(w, "terraform apply -invoke=action.ghes_revoke_grant.leaked -var=client_id="+testClientID)
		if left := sim.ids(); len(left) != 2 || len(sim.Grants()) != 0 {
			t.Errorf("left: %v, %+v", left, sim.Grants())
		}
	}

	managed.write("main.tf", sim.config(ci+strings.NewReplacer(`"ci"`, `"mine"`, `"CI"`, `"mine"`).Replace(ci)))
	managed.must(0, "import", "ghes_authorization.mine", "8")
	managed.write("main.tf", sim.config(ci))
	contains(t, managed.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 1 destroyed")
	if _, left := sim.Authorization(8); left {
		t.Error("authorization 8 was not revoked")
	}
	managed.write("main.tf", sim.config(""))
	contains(t, managed.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 1 destroyed")
}

// The token is created for the apply and revoked after it, and the command revokes one that is left.
func TestGuides_samlOrCAS(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	g := openGuide(t, "saml-or-cas")
	sim := newAdminInstance(t, func(o *ghessim.Options) { o.ExternalAuth = true })
	config := strings.ReplaceAll(example(t, "guides/saml-or-cas/main.tf"), "https://ghe.example.com", sim.url)
	w := newBinaryWorkspace(t, config) // has an environment of its own
	w.env = append(w.env, envAdminToken+"="+sim.token)
	w.write("deploy.sh", "test -n \"$GITHUB_TOKEN\"\n")
	g.skip("export ")
	g.run(w, "terraform apply -var=release=1.2.3")
	noImpersonation(t, sim)
	sim.AddAuthorization(ghessim.Authorization{Login: "octocat", Impersonation: true})
	for command := range g.commands {
		if strings.HasPrefix(command, "curl ") {
			g.commands[command] = true
			w.shell(w.dir, strings.Replace(command, "https://ghe.example.com", sim.url, 1))
		}
	}
	noImpersonation(t, sim)
}
