package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
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

func (d *demo) handOff(ctx context.Context) {
	if d.cli.version.LessThan(version.Must(version.NewVersion("1.11"))) {
		d.say("\nThis takes Terraform or OpenTofu 1.11, and is left out with %s.\n", d.cli.version)
		return
	}
	d.writeFile("deploy.tf", handOffConfiguration)
	d.terraform(ctx, 0, "apply", "-auto-approve")
	all := d.instance.Authorizations()
	made := all[len(all)-1]
	stored, err := fs.ReadFile(os.DirFS(d.cli.Dir), "stored-token")
	d.check(err)
	d.expect(string(stored) == made.Token, "the store has the token that the server made", mask(string(stored)))
	d.count(ctx, "0", "grep -c \"$(cat stored-token)\" terraform.tfstate", "the state does not have it")
	d.count(ctx, "2", "grep -c \"$("+d.cli.Name()+" output -raw ci_token)\" terraform.tfstate", "the state has the first token, with its output twice")
	d.terraform(ctx, 0, "plan", "-detailed-exitcode")
	d.handed = true
	now := d.instance.Authorizations()
	d.expect(len(now) == len(all), "the plan is empty, and made no other token", fmt.Sprintf("%d authorizations", len(now)))
}

// count runs a command of the shell that prints a number, and shows both.
func (d *demo) count(ctx context.Context, want, line, claim string) {
	d.say("\n$ %s\n", line)
	command := exec.CommandContext(ctx, "sh", "-c", line) //nolint:gosec // The lines are this program's own.
	command.Dir = d.cli.Dir
	command.Env = append(d.cli.Env, "PATH="+filepath.Dir(d.cli.CLI)+string(os.PathListSeparator)+os.Getenv("PATH"))
	output, err := command.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 { // grep found nothing
		d.check(err)
	}
	got := strings.TrimSpace(string(output))
	d.say("%s%s\n", indent, got)
	d.expect(got == want, claim, got)
}
