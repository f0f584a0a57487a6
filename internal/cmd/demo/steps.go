package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// step is one scene of the story; act shows it and checks what its caption says.
type step struct {
	caption string
	act     func(*demo, context.Context) error
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

func (d *demo) install(ctx context.Context) error {
	d.say("\nThe warning is due to the directory: a registry would know the checksums for other platforms.\n")
	if _, err := d.terraform(ctx, 0, "init"); err != nil {
		return err
	}
	output, err := d.terraform(ctx, 0, "version")
	if err != nil {
		return err
	}
	name, _, _ := strings.Cut(output, "\n")
	if d.cli.version, err = version.NewVersion(name[strings.LastIndex(name, " v")+1:]); err != nil {
		return err
	}
	return d.expect(strings.Contains(output, "ghes-tools/ghes v"+localcli.Version), "the provider is installed", strings.TrimSpace(output))
}

func (d *demo) create(ctx context.Context) error {
	if _, err := d.terraform(ctx, 0, "apply", "-auto-approve"); err != nil {
		return err
	}
	all := d.instance.Authorizations()
	if err := d.expect(len(all) == 1, "the server has one authorization", len(all)); err != nil {
		return err
	}
	d.made = all[0]
	return d.checkToken(ctx, "the state has the token that the server made")
}

// checkToken compares the token that is on the server, the one in the state
// and the one in the output with what was made at first.
func (d *demo) checkToken(ctx context.Context, claim string) error {
	passedOn, err := d.secretly(ctx, "output", "-raw", "ci_token")
	if err != nil {
		return err
	}
	d.say("%s%s (this demo hides the rest)\n", indent, mask(passedOn))
	tokens, err := d.tokensInState(ctx)
	if err != nil {
		return err
	}
	now, _ := d.instance.Authorization(d.made.ID)
	for _, have := range []struct{ where, token string }{{"server", now.Token}, {"state", tokens[address]}, {"output", passedOn}} {
		if have.token != d.made.Token {
			return d.expect(false, claim, fmt.Sprintf("another token on the %s, %s", have.where, mask(have.token)))
		}
	}
	return d.expect(true, claim, nil)
}

func (d *demo) planAgain(ctx context.Context) error {
	if _, err := d.terraform(ctx, 0, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	return d.expectSent("the plan is empty (exit code 0), and took one request", "GET "+path(d.made.ID))
}

func (d *demo) drift(ctx context.Context) error {
	if _, err := d.someone(ctx, "PATCH", path(d.made.ID), `{"add_scopes": ["delete_repo"], "note": "My laptop"}`); err != nil {
		return err
	}
	output, err := d.terraform(ctx, 2, "plan", "-detailed-exitcode", "-out=repair.tfplan")
	if err != nil {
		return err
	}
	for _, part := range []string{`"My laptop" -> "CI pipeline"`, `- "delete_repo"`, "0 to add, 1 to change, 0 to destroy"} {
		if !strings.Contains(output, part) {
			return d.expect(false, "the plan has "+part, "the plan above")
		}
	}
	return d.expect(true, "the plan is not empty (exit code 2), and has the old values and the new ones", nil)
}

func (d *demo) heal(ctx context.Context) error {
	if _, err := d.terraform(ctx, 0, "apply", "repair.tfplan"); err != nil {
		return err
	}
	if err := d.expectSent("one request was sent", "PATCH "+path(d.made.ID)); err != nil {
		return err
	}
	now, _ := d.instance.Authorization(d.made.ID)
	if err := d.expect(alike(now, d.made), "the server has note and scopes of main.tf again", describe(now)); err != nil {
		return err
	}
	if err := d.checkToken(ctx, "the token is the one of the beginning, on the server and in the state"); err != nil {
		return err
	}
	if _, err := d.terraform(ctx, 0, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	return d.expect(true, "the plan is empty again", nil)
}

func (d *demo) adopt(ctx context.Context) error {
	id, err := d.someone(ctx, "POST", authorizations, `{"note": "Backup script", "scopes": ["gist"]}`)
	if err != nil {
		return err
	}
	d.found, _ = d.instance.Authorization(id)

	d.say("\nAn import block names it, and its configuration is generated:\n")
	if err := d.writeFile("import.tf", importBlock(id, "  provider = ghes\n")); err != nil {
		return err
	}
	output, err := d.terraform(ctx, 2, "plan", "-generate-config-out=backup.tf", "-detailed-exitcode")
	if err != nil {
		return err
	}
	const only = "1 to import, 0 to add, 0 to change, 0 to destroy"
	if err := d.expect(strings.Contains(output, only), "the plan changes nothing: "+only, "the plan above"); err != nil {
		return err
	}
	if err := d.showFile("backup.tf"); err != nil {
		return err
	}
	return d.takeOver(ctx, id)
}

// takeOver applies the import whose configuration has been generated.
func (d *demo) takeOver(ctx context.Context, id int64) error {
	// Some releases of Terraform find the provider of a configuration that they
	// are to generate by this argument only; all refuse it once there is one.
	d.say("\nNow that there is a configuration, the import block must not name the provider any more:\n")
	if err := d.writeFile("import.tf", importBlock(id, "")); err != nil {
		return err
	}
	if _, err := d.terraform(ctx, 0, "apply", "-auto-approve"); err != nil {
		return err
	}
	d.say("\nThe import block has done its work, and is removed:\n")
	if err := d.cli.remove("import.tf"); err != nil {
		return err
	}
	if _, err := d.terraform(ctx, 0, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	sent := fromProvider(d.sent())
	written := slices.ContainsFunc(sent, func(r ghessim.Request) bool { return r.Method != "GET" })
	if err := d.expect(!written, "the plan is empty, and the import sent nothing but GET requests", summary(sent)); err != nil {
		return err
	}
	now, _ := d.instance.Authorization(id)
	if err := d.expect(now.Token == d.found.Token && alike(now, d.found), "the server has it as it was, with the same token", describe(now)+", token "+mask(now.Token)); err != nil {
		return err
	}
	tokens, err := d.tokensInState(ctx)
	if err != nil {
		return err
	}
	token, imported := tokens[adopted]
	return d.expect(imported && token == "", "the state has it without its token, which the server showed only when it was made",
		fmt.Sprintf("imported: %t, token: %s", imported, mask(token)))
}

func (d *demo) destroy(ctx context.Context) error {
	if _, err := d.terraform(ctx, 0, "destroy", "-auto-approve"); err != nil {
		return err
	}
	left := d.instance.Authorizations()
	if err := d.expect(len(left) == 0, "the server has no authorization left", len(left)); err != nil {
		return err
	}
	grants := len(d.instance.Grants())
	return d.expect(grants == 1, "the grant is left, without a token: the server keeps it when its last token goes", grants)
}
