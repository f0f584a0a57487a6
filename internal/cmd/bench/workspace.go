package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/process"
)

// perBlock is how many authorizations a resource block declares. The CLIs take a
// time for each block that grows with the square of its count, and that is not what
// is measured here.
const perBlock = 100

// workspace is a directory with a configuration, in which the CLI runs.
type workspace struct {
	cli       string
	dir       string
	env       []string
	providers providers
	server    *server
}

// newWorkspace makes a workspace that declares n authorizations.
func newWorkspace(dir, cli string, p providers, s *server, n int) (*workspace, error) {
	installed := filepath.Join(dir, "provider")
	w := &workspace{cli: cli, dir: filepath.Join(dir, "configuration"), providers: p, server: s}
	for _, dir := range []string{installed, w.dir} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return nil, err
		}
	}
	if err := installSelf(installed); err != nil {
		return nil, err
	}
	cliConfig := filepath.Join(dir, "cli.tfrc")
	content := fmt.Sprintf(`provider_installation {
  dev_overrides {
    "registry.terraform.io/ghes-tools/ghes" = %[1]q
    "registry.opentofu.org/ghes-tools/ghes" = %[1]q
  }
  direct {}
}
`, filepath.ToSlash(installed))
	if err := os.WriteFile(cliConfig, []byte(content), 0o600); err != nil {
		return nil, err
	}
	w.env = append(environment(os.Environ()),
		"GHES_BASE_URL="+s.url, "GHES_USERNAME="+s.user, "GHES_PASSWORD="+s.password,
		"TF_CLI_CONFIG_FILE="+cliConfig, envUsage+"="+w.usageFile())
	return w, os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(configuration(n)), 0o600)
}

func (w *workspace) usageFile() string { return filepath.Join(filepath.Dir(w.dir), "usage") }

// environment is the user's, with no setting that would change what the CLI or the
// provider does.
func environment(users []string) []string {
	env := slices.DeleteFunc(slices.Clone(users), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return strings.HasPrefix(name, "GHES_") || strings.HasPrefix(name, "TF_") || strings.HasPrefix(name, "GO")
	})
	return append(env, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0")
}

// configuration declares n authorizations. With another revision all of them are
// changed.
func configuration(n int) string {
	var text strings.Builder
	text.WriteString(`terraform {
  required_providers {
    ghes = {
      source = "ghes-tools/ghes"
    }
  }
}

variable "revision" {
  default = 1
}
`)
	for block := 0; block*perBlock < n; block++ {
		fmt.Fprintf(&text, `
resource "ghes_authorization" "block_%[1]d" {
  count    = %[2]d
  note     = "token %[1]d-${count.index}"
  note_url = "https://example.com/${var.revision}"
  scopes   = ["repo"]
}
`, block, min(perBlock, n-block*perBlock))
	}
	return text.String()
}

// sample is what a command took.
type sample struct {
	traffic
	usage
	wall time.Duration
}

// run runs a command of the CLI, which has to succeed.
func (w *workspace) run(ctx context.Context, c command) (sample, error) {
	provider := w.providers.lists
	if c.byNumber {
		provider = w.providers.byNumber
	}
	args := append(strings.Fields(c.line), "-no-color")
	cli := exec.CommandContext(ctx, w.cli, args...) //nolint:gosec // The user names the program to run.
	cli.Dir = w.dir
	cli.Env = append(slices.Clone(w.env), envProvider+"="+provider)
	var output bytes.Buffer
	cli.Stdout, cli.Stderr = &output, &output
	w.server.begin(c.latency)
	began := time.Now()
	code, err := process.Run(ctx, cli)
	wall := time.Since(began)
	if err != nil {
		return sample{}, err
	}
	if code != 0 {
		return sample{}, fmt.Errorf("exit code %d of %s\n%s", code, strings.Join(args, " "), output.String())
	}
	used, err := noted(w.usageFile())
	if err != nil {
		return sample{}, fmt.Errorf("what the provider used: %w", err)
	}
	return sample{traffic: w.server.sent(), usage: used, wall: wall}, nil
}
