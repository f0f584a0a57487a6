package localcli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Workspace is a directory with a configuration, in which a CLI runs.
type Workspace struct {
	CLI string // its path
	Dir string
	Env []string
}

// NewWorkspace returns a workspace below dir whose configuration is one file, main.tf.
// The CLI starts program as the provider, and has the variables in addition to those
// of the user.
func NewWorkspace(dir, cli, program, configuration string, variables ...string) (*Workspace, error) {
	path, err := Find(cli)
	if err != nil {
		return nil, err
	}
	config, err := Install(dir, program)
	if err != nil {
		return nil, err
	}
	w := &Workspace{CLI: path, Dir: filepath.Join(dir, "configuration"), Env: append(environment(os.Environ(), config), variables...)}
	if err := os.Mkdir(w.Dir, 0o700); err != nil {
		return nil, err
	}
	return w, os.WriteFile(filepath.Join(w.Dir, "main.tf"), []byte(configuration), 0o600)
}

// environment returns the variables of the user without settings of the CLI, the
// provider or Go, which would change what the CLI does or prints.
func environment(user []string, config string) []string {
	env := slices.DeleteFunc(slices.Clone(user), func(variable string) bool {
		return strings.HasPrefix(variable, "GHES_") || strings.HasPrefix(variable, "TF_") || strings.HasPrefix(variable, "GO")
	})
	return append(env,
		"CHECKPOINT_DISABLE=1", // The CLI would ask for newer releases.
		"TF_CLI_ARGS=-no-color",
		"TF_CLI_CONFIG_FILE="+config,
		"TF_IN_AUTOMATION=1", // The CLI would suggest which command to run next.
		"TF_INPUT=0",
	)
}

// Name is the name of the CLI as its user types it.
func (w *Workspace) Name() string {
	return strings.TrimSuffix(filepath.Base(w.CLI), ".exe")
}

// Run runs the CLI to its end, as the function Run does. Another exit code than the
// given one is an error.
func (w *Workspace) Run(ctx context.Context, stdout, stderr io.Writer, code int, args ...string) error {
	command := exec.CommandContext(ctx, w.CLI, args...) //nolint:gosec // The user names the program to run.
	command.Dir = w.Dir
	command.Env = w.Env
	command.Stdout, command.Stderr = stdout, stderr
	got, err := Run(ctx, command)
	if err == nil && got != code {
		err = fmt.Errorf("expected exit code %d of %s %s, found: %d", code, w.Name(), strings.Join(args, " "), got)
	}
	return err
}
