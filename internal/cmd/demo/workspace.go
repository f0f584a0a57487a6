package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"filippo.io/age"

	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// configuration is the file of examples/demo that the story starts with.
const configuration = "main.tf"

// files are what the steps add to it.
//
//go:embed steps/*.tf
var files embed.FS

// newCLI prepares a workspace in temp with a copy of the example and a new age key.
func newCLI(ctx context.Context, temp string, o options, server *instance) (*cli, error) {
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return nil, err
	}
	example := os.DirFS(filepath.Join(filepath.Dir(string(module)), "examples", "demo"))
	content, err := fs.ReadFile(example, configuration)
	if err != nil {
		return nil, fmt.Errorf("run this in the provider's repository: %w", err)
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	provider, err := localcli.Find(o.provider)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	w, err := localcli.NewWorkspace(temp, o.cli, self, string(content),
		envProvider+"="+provider,
		"GHES_BASE_URL="+server.url,
		"GHES_USERNAME="+server.user,
		"GHES_PASSWORD="+server.password,
		"GHES_AGE_IDENTITY="+key.String(),
		"TF_VAR_age_recipient="+key.Recipient().String(),
		"TF_VAR_client_id="+server.app.ClientID,
		"TF_VAR_client_secret="+server.app.ClientSecret,
	)
	return &cli{Workspace: w}, err
}

// addFile adds a file to the configuration and shows it.
func (d *demo) addFile(name string) {
	content, err := files.ReadFile("steps/" + name)
	d.check(err)
	d.check(os.WriteFile(filepath.Join(d.cli.Dir, name), content, 0o600))
	d.showFile(name)
}

func (d *demo) showFile(name string) {
	d.detail("\n")
	d.say("  %s:\n", name)
	_, _ = (&quote{demo: d}).Write([]byte(d.read(name))) // Its error is that of stdout, which say keeps.
}
