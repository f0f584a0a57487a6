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

	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
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
func newWorkspace(ctx context.Context, dir, cli string, p providers, s *server, n int) (*workspace, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	config, err := localcli.Install(dir, self)
	if err != nil {
		return nil, err
	}
	w := &workspace{cli: cli, dir: filepath.Join(dir, "configuration"), providers: p, server: s}
	w.env = append(environment(os.Environ()),
		"GHES_BASE_URL="+s.url, "GHES_USERNAME="+s.user, "GHES_PASSWORD="+s.password,
		"TF_CLI_CONFIG_FILE="+config, "TF_HTTP_ADDRESS="+s.url+statePath, envUsage+"="+w.usageFile())
	if err := os.Mkdir(w.dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(configuration(n)), 0o600); err != nil {
		return nil, err
	}
	return w, w.exec(ctx, "init", p.lists)
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
  backend "http" {}

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
	w.server.begin(c.latency)
	began := time.Now()
	if err := w.exec(ctx, c.line, provider); err != nil {
		return sample{}, err
	}
	wall := time.Since(began)
	used, err := noted(w.usageFile())
	if err != nil {
		return sample{}, fmt.Errorf("what the provider used: %w", err)
	}
	return sample{traffic: w.server.sent(), usage: used, wall: wall}, nil
}

func (w *workspace) exec(ctx context.Context, line, provider string) error {
	cli := exec.CommandContext(ctx, w.cli, append(strings.Fields(line), "-no-color")...) //nolint:gosec // The user names the program to run.
	cli.Dir = w.dir
	cli.Env = append(slices.Clone(w.env), envProvider+"="+provider)
	var output bytes.Buffer
	cli.Stdout, cli.Stderr = &output, &output
	code, err := localcli.Run(ctx, cli)
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d of %s\n%s", code, line, output.String())
	}
	return err
}
