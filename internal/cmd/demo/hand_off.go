package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"github.com/hashicorp/go-version"
)

// handOffConfiguration comes with the step that shows it, since older CLIs do
// not take it.
const handOffConfiguration = `resource "ghes_authorization" "deploy" {
  note_prefix = "deploy-"
  store_token = false
}

ephemeral "ghes_authorization_token" "deploy" {
  authorization_id = ghes_authorization.deploy.id
}

# Stands in for a secret store, whose provider would take the token as a
# write-only argument.
resource "terraform_data" "store" {
  triggers_replace = ghes_authorization.deploy.id

  provisioner "local-exec" {
    command     = "umask 077 && printf %s \"$TOKEN\" > stored-token"
    environment = { TOKEN = ephemeral.ghes_authorization_token.deploy.token }
  }
}
`

func (d *demo) handOff(ctx context.Context) error {
	if d.cli.version.LessThan(version.Must(version.NewVersion("1.11"))) {
		d.say("\nThis takes Terraform or OpenTofu 1.11, and is left out with %s.\n", d.cli.version)
		return nil
	}
	if err := d.writeFile("deploy.tf", handOffConfiguration); err != nil {
		return err
	}
	if _, err := d.terraform(ctx, 0, "apply", "-auto-approve"); err != nil {
		return err
	}
	all := d.instance.Authorizations()
	made := all[len(all)-1]
	stored, err := fs.ReadFile(os.DirFS(d.cli.dir), "stored-token")
	if err != nil {
		return err
	}
	if err := d.expect(string(stored) == made.Token, "the store has the token that the server made", mask(string(stored))); err != nil {
		return err
	}
	if err := d.count(ctx, "0", "grep -c \"$(cat stored-token)\" terraform.tfstate", "the state does not have it"); err != nil {
		return err
	}
	if err := d.count(ctx, "2", "grep -c \"$("+d.cli.name()+" output -raw ci_token)\" terraform.tfstate", "the state has the first token, with its output twice"); err != nil {
		return err
	}
	if _, err := d.terraform(ctx, 0, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	d.handed = true
	now := d.instance.Authorizations()
	return d.expect(len(now) == len(all), "the plan is empty, and made no other token", fmt.Sprintf("%d authorizations", len(now)))
}

// count runs a command of the shell that prints a number, and shows both.
func (d *demo) count(ctx context.Context, want, line, claim string) error {
	d.say("\n$ %s\n", line)
	command := exec.CommandContext(ctx, "sh", "-c", line) //nolint:gosec // The lines are this program's own.
	command.Dir = d.cli.dir
	command.Env = append(d.cli.env, "PATH="+d.cli.searchPath())
	output, err := command.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 1) { // 1 is: none
		return err
	}
	got := strings.TrimSpace(string(output))
	d.say("%s%s\n", indent, got)
	return d.expect(got == want, claim, got)
}
