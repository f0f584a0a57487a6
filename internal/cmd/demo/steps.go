package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// step is one scene of the story; act shows it and checks what its caption says.
type step struct {
	caption string
	act     func(*demo, context.Context)
}

// title is the caption with the CLI's own name.
func (s step) title(c *cli) string {
	return strings.ReplaceAll(s.caption, "Terraform", c.product())
}

// story is what the demo shows, in order.
var story = []step{
	{"Terraform installs the provider, from a directory and without a network", (*demo).install},
	{"Apply makes the personal access token that main.tf declares", (*demo).create},
	{"A second plan has nothing to do", (*demo).planAgain},
	{"Someone widens the token's scopes and renames it behind Terraform's back", (*demo).drift},
	{"Apply puts it right, and the token stays valid", (*demo).heal},
	{"A token that was made elsewhere is imported", (*demo).adopt},
	{"An OAuth app gets a token by its fingerprint, and with it a grant", (*demo).byApp},
	{"A token goes to where it is used, and past the state", (*demo).handOff},
	{"Destroy revokes the tokens", (*demo).destroy},
}

const (
	address = "ghes_authorization.ci"     // what main.tf declares
	adopted = "ghes_authorization.backup" // what is imported
)

func (d *demo) install(ctx context.Context) {
	d.say("\nThe warning is due to the directory: a registry would know the checksums for other platforms.\n")
	d.terraform(ctx, 0, "init")
	output := d.terraform(ctx, 0, "version")
	name, _, _ := strings.Cut(output, "\n")
	var err error
	d.cli.version, err = version.NewVersion(name[strings.LastIndex(name, " v")+1:])
	d.check(err)
	d.expect(strings.Contains(output, "ghes-tools/ghes v"+localcli.Version), "the provider is installed", strings.TrimSpace(output))
}

func (d *demo) create(ctx context.Context) {
	d.terraform(ctx, 0, "apply", "-auto-approve")
	all := d.instance.Authorizations()
	d.expect(len(all) == 1, "the server has one authorization", len(all))
	d.made = all[0]
	d.checkToken(ctx, "the state has the token that the server made")
}

// checkToken compares the token that is on the server, the one in the state
// and the one in the output with what was made at first.
func (d *demo) checkToken(ctx context.Context, claim string) {
	passedOn := d.secretly(ctx, "output", "-raw", "ci_token")
	d.say("%s%s (this demo hides the rest)\n", indent, mask(passedOn))
	tokens := d.tokensInState(ctx)
	now, _ := d.instance.Authorization(d.made.ID)
	for _, have := range []struct{ where, token string }{{"server", now.Token}, {"state", tokens[address]}, {"output", passedOn}} {
		if have.token != d.made.Token {
			d.expect(false, claim, fmt.Sprintf("another token on the %s, %s", have.where, mask(have.token)))
		}
	}
	d.expect(true, claim, nil)
}

func (d *demo) planAgain(ctx context.Context) {
	d.terraform(ctx, 0, "plan", "-detailed-exitcode")
	d.expectSent("the plan is empty (exit code 0), and took one request", "GET "+path(d.made.ID))
}

func (d *demo) drift(ctx context.Context) {
	d.someone(ctx, "PATCH", path(d.made.ID), `{"add_scopes": ["delete_repo"], "note": "My laptop"}`)
	output := d.terraform(ctx, 2, "plan", "-detailed-exitcode", "-out=repair.tfplan")
	for _, part := range []string{`"My laptop" -> "CI pipeline"`, `- "delete_repo"`, "0 to add, 1 to change, 0 to destroy"} {
		if !strings.Contains(output, part) {
			d.expect(false, "the plan has "+part, "the plan above")
		}
	}
	d.expect(true, "the plan is not empty (exit code 2), and has the old values and the new ones", nil)
}

func (d *demo) heal(ctx context.Context) {
	d.terraform(ctx, 0, "apply", "repair.tfplan")
	d.expectSent("one request was sent", "PATCH "+path(d.made.ID))
	now, _ := d.instance.Authorization(d.made.ID)
	d.expect(describe(now) == describe(d.made), "the server has note and scopes of main.tf again", describe(now))
	d.checkToken(ctx, "the token is the one of the beginning, on the server and in the state")
	d.terraform(ctx, 0, "plan", "-detailed-exitcode")
	d.expect(true, "the plan is empty again", nil)
}

func (d *demo) adopt(ctx context.Context) {
	id := d.someone(ctx, "POST", authorizations, `{"note": "Backup script", "scopes": ["gist"]}`)
	d.found, _ = d.instance.Authorization(id)

	d.say("\nAn import block names it, and its configuration is generated:\n")
	d.writeFile("import.tf", importBlock(id, "  provider = ghes\n"))
	output := d.terraform(ctx, 2, "plan", "-generate-config-out=backup.tf", "-detailed-exitcode")
	const only = "1 to import, 0 to add, 0 to change, 0 to destroy"
	d.expect(strings.Contains(output, only), "the plan changes nothing: "+only, "the plan above")
	d.showFile("backup.tf")
	d.takeOver(ctx, id)
}

// takeOver applies the import whose configuration has been generated.
func (d *demo) takeOver(ctx context.Context, id int64) {
	// Some releases of Terraform find the provider of a configuration that they
	// are to generate by this argument only; all refuse it once there is one.
	d.say("\nNow that there is a configuration, the import block must not name the provider any more:\n")
	d.writeFile("import.tf", importBlock(id, ""))
	d.terraform(ctx, 0, "apply", "-auto-approve")
	d.say("\nThe import block has done its work, and is removed:\n")
	d.check(os.Remove(filepath.Join(d.cli.Dir, "import.tf")))
	d.terraform(ctx, 0, "plan", "-detailed-exitcode")
	sent := fromProvider(d.sent())
	written := slices.ContainsFunc(sent, func(r ghessim.Request) bool { return r.Method != "GET" })
	d.expect(!written, "the plan is empty, and the import sent nothing but GET requests", summary(sent))
	now, _ := d.instance.Authorization(id)
	d.expect(now.Token == d.found.Token && describe(now) == describe(d.found), "the server has it as it was, with the same token", describe(now)+", token "+mask(now.Token))
	tokens := d.tokensInState(ctx)
	token, imported := tokens[adopted]
	d.expect(imported && token == "", "the state has it without its token, which the server showed only when it was made",
		fmt.Sprintf("imported: %t, token: %s", imported, mask(token)))
}

func (d *demo) destroy(ctx context.Context) {
	d.terraform(ctx, 0, "destroy", "-auto-approve")
	left := d.instance.Authorizations()
	d.expect(len(left) == 0, "the server has no authorization left", len(left))
	grants := len(d.instance.Grants())
	d.expect(grants == 1, "the grant is left, without a token: the server keeps it when its last token goes", grants)
}
