package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// configuration is the file of examples/demo that the story starts with.
const configuration = "main.tf"

// newCLI prepares a workspace in temp with a copy of the example.
func newCLI(ctx context.Context, temp, path, provider string, server *instance) (*cli, error) {
	example, err := readExample(ctx)
	if err != nil {
		return nil, err
	}
	w, err := localcli.NewWorkspace(temp, path, provider, example,
		"GHES_BASE_URL="+server.url,
		"GHES_USERNAME="+server.user,
		"GHES_PASSWORD="+server.password,
		"TF_VAR_client_id="+server.app.ClientID,
		"TF_VAR_client_secret="+server.app.ClientSecret,
	)
	return &cli{Workspace: w}, err
}

// readExample finds examples/demo from any directory of the repository.
func readExample(ctx context.Context) (string, error) {
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	example, err := os.ReadFile(filepath.Join(filepath.Dir(string(module)), "examples", "demo", configuration))
	if err != nil {
		return "", fmt.Errorf("run this in the provider's repository: %w", err)
	}
	return string(example), nil
}

// writeFile writes a file of the configuration and shows it.
func (d *demo) writeFile(name, content string) {
	d.check(os.WriteFile(filepath.Join(d.cli.Dir, name), []byte(content), 0o600))
	d.showFile(name)
}

func (d *demo) showFile(name string) {
	content, err := fs.ReadFile(os.DirFS(d.cli.Dir), name)
	d.check(err)
	d.say("\n%s:\n", name)
	_, _ = (&quote{demo: d}).Write(content) // Its error is that of stdout, which say keeps.
}

// importBlock imports what someone made elsewhere.
func importBlock(id int64, provider string) string {
	return fmt.Sprintf("import {\n  to       = %s\n  id       = \"%d\"\n%s}\n", adopted, id, provider)
}
