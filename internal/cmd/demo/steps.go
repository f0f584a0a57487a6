package main

import (
	"context"
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
	{"Apply creates the personal access token that main.tf declares", (*demo).create},
	{"Someone widens the token's scopes and renames it, outside of Terraform", (*demo).drift},
	{"Apply puts it right, and the token stays valid", (*demo).heal},
	{"A token that was created elsewhere is imported", (*demo).adopt},
	{"An OAuth app gets a token for a fingerprint, and with it a grant", (*demo).byApp},
	{"A token is encrypted before it goes into the state", (*demo).encrypt},
	{"A consumer that is created later gets the token, past the state", (*demo).handOff},
	{"The token is rotated after 90 days, with an overlap of 7 days", (*demo).rotate},
	{"Destroy revokes all tokens", (*demo).destroy},
}

func (d *demo) install(ctx context.Context) {
	if d.verbose {
		d.showFile(configuration)
	}
	d.detail("\nThe warning is due to the directory: a registry would know the checksums for other platforms.\n")
	d.terraform(ctx, 0, "init")
	output := d.secretly(ctx, "version")
	name, _, _ := strings.Cut(output, "\n")
	var err error
	d.cli.version, err = version.NewVersion(name[strings.LastIndex(name, " v")+1:])
	d.check(err)
	d.expect(strings.Contains(output, "ghes-tools/ghes v"+localcli.Version), name+" has the provider", strings.TrimSpace(output))
}

func (d *demo) create(ctx context.Context) {
	d.terraform(ctx, 0, "apply", "-auto-approve")
	all := d.instance.Authorizations()
	d.must(len(all) == 1, "the server has one authorization", len(all))
	d.made = all[0]
	d.checkToken(ctx, "state and output have the token that the server created")
	d.mark = len(d.instance.Requests())
	d.terraform(ctx, 0, "plan", "-detailed-exitcode")
	d.expectSent("the plan is empty, and took one request", "GET "+path(d.made.ID))
}

// checkToken compares the token on the server and those in the state and in the output
// with the one that was created at first.
func (d *demo) checkToken(ctx context.Context, claim string) {
	passedOn := d.secretly(ctx, "output", "-raw", "ci_token")
	now, _ := d.instance.Authorization(d.made.ID)
	d.must(now.Token == d.made.Token, claim, "another token on the server")
	d.must(passedOn == d.made.Token, claim, "another token in the output")
	d.expect(d.inState(d.made.Token), claim, "another token in the state")
}

func (d *demo) drift(ctx context.Context) {
	d.someone(ctx, "PATCH", path(d.made.ID), `{"add_scopes": ["delete_repo"], "note": "My laptop"}`)
	output := d.terraform(ctx, 2, "plan", "-detailed-exitcode", "-out=repair.tfplan")
	for _, part := range []string{`"My laptop" -> "CI pipeline"`, `- "delete_repo"`, "0 to add, 1 to change, 0 to destroy"} {
		d.must(strings.Contains(output, part), "the plan has "+part, "another plan")
	}
	d.expect(true, "the plan has the old values and the new ones, and no other change", nil)
}

func (d *demo) heal(ctx context.Context) {
	d.terraform(ctx, 0, "apply", "repair.tfplan")
	d.expectSent("one request was sent", "PATCH "+path(d.made.ID))
	now, _ := d.instance.Authorization(d.made.ID)
	d.expect(describe(now) == describe(d.made), "the server has the note and the scopes of main.tf again", describe(now))
	d.checkToken(ctx, "the token is still the first one, on the server and in the state")
	d.terraform(ctx, 0, "plan", "-detailed-exitcode")
	d.expect(true, "the plan is empty again", nil)
}

func (d *demo) adopt(ctx context.Context) {
	id := d.someone(ctx, "POST", authorizations, `{"note": "Backup script", "scopes": ["gist"]}`)
	found, _ := d.instance.Authorization(id)
	d.addFile("backup.tf")
	d.terraform(ctx, 0, "apply", "-auto-approve")
	d.terraform(ctx, 0, "plan", "-detailed-exitcode")
	sent := fromProvider(d.sent())
	written := slices.ContainsFunc(sent, func(r ghessim.Request) bool { return r.Method != "GET" })
	d.expect(!written, "the plan is empty, and the import sent nothing but GET requests", summary(sent))
	now, _ := d.instance.Authorization(id)
	d.must(now.Token == found.Token && describe(now) == describe(found), "the server has it as it was, with the same token", describe(now))
	d.expect(d.inState("Backup script") && !d.inState(found.Token),
		"its token is still valid, and not in the state: a server shows a token only once", "another state")
}

func (d *demo) destroy(ctx context.Context) {
	before := d.instance.Authorizations()
	d.terraform(ctx, 0, "destroy", "-auto-approve")
	left := d.instance.Authorizations()
	d.must(len(left) == 0, "the server has no authorization left", len(left))
	d.expectAccepted(ctx, "the server has no authorization left, and refuses each of the tokens", make([]bool, len(before)), before...)
	grants := len(d.instance.Grants())
	d.expect(grants == 1, "the app's grant is left, without a token: a server keeps it when its last token is revoked", grants)
}
