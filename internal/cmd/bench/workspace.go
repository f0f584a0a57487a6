package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// perBlock is how many authorizations a resource block declares. The time that the
// CLI takes for a block grows with the square of its count.
const perBlock = 100

// workspace is a directory with a configuration, in which the CLI runs.
type workspace struct {
	*localcli.Workspace
	usageFile string
	providers providers
	server    *server
}

// newWorkspace returns an initialized workspace in dir that declares n authorizations.
func newWorkspace(ctx context.Context, dir, cli string, p providers, s *server, n int) (*workspace, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	state, usageFile := s.URL+statePath, filepath.Join(dir, "usage")
	w, err := localcli.NewWorkspace(dir, cli, self, configuration(n),
		"GHES_BASE_URL="+s.URL, "GHES_USERNAME="+username, "GHES_PASSWORD="+s.password,
		"TF_HTTP_ADDRESS="+state, "TF_HTTP_LOCK_ADDRESS="+state, "TF_HTTP_UNLOCK_ADDRESS="+state,
		envUsage+"="+usageFile)
	if err != nil {
		return nil, err
	}
	b := &workspace{w, usageFile, p, s}
	return b, b.exec(ctx, "init", false)
}

// configuration declares n authorizations. Another revision changes all of them.
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

// sample is the cost of a command.
type sample struct {
	traffic
	usage
	wall time.Duration
}

// run runs a command of the CLI, which must succeed.
func (w *workspace) run(ctx context.Context, c command) (sample, error) {
	w.server.sim.ClearRequests()
	w.server.latency.Store(int64(c.latency))
	began := time.Now()
	if err := w.exec(ctx, c.line, c.byID); err != nil {
		return sample{}, err
	}
	wall := time.Since(began)
	used, err := readUsage(w.usageFile)
	if err != nil {
		return sample{}, fmt.Errorf("reading the provider's CPU and memory: %w", err)
	}
	return sample{traffic: w.server.traffic(), usage: used, wall: wall}, nil
}

func (w *workspace) exec(ctx context.Context, line string, byID bool) error {
	run := *w.Workspace
	run.Env = append(slices.Clone(run.Env), envProvider+"="+w.providers[byID])
	var output bytes.Buffer
	if err := run.Run(ctx, &output, &output, 0, strings.Fields(line)...); err != nil {
		return fmt.Errorf("%w\n%s", err, output.String())
	}
	return nil
}
