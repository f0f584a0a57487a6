package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// far is how long each response of a distant server takes.
const far = 100 * time.Millisecond

// The commands of the CLI that are measured. A plan with -detailed-exitcode fails if
// it has changes.
const (
	apply       = "apply -auto-approve"
	plan        = "plan -detailed-exitcode"
	refreshOnly = "plan -refresh-only"
	planOnly    = "plan -refresh=false -detailed-exitcode"
	update      = "apply -auto-approve -var=revision=2"
	destroy     = "destroy -auto-approve"
)

// command is a command of the CLI and its conditions.
type command struct {
	n       int // authorizations
	line    string
	latency time.Duration // of each response
	byID    bool          // The provider reads each authorization by its ID.
}

// options say what to measure.
type options struct {
	sizes  []int // numbers of authorizations, from the smallest to the largest
	repeat int   // how often to measure each plan
}

// providers are the paths of the builds that are compared, by whether they read each
// authorization by its ID.
type providers map[bool]string

// measure measures all commands for all sizes, and prints its progress.
func measure(ctx context.Context, progress io.Writer, cli string, o options) (_ *results, err error) {
	if cli, err = localcli.Find(cli); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "ghes-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	fmt.Fprintln(progress, "building the provider")
	p, err := build(ctx, temp)
	if err != nil {
		return nil, err
	}
	r := &results{options: o, samples: map[command]sample{}}
	if r.setting, err = describe(ctx, cli); err != nil {
		return nil, err
	}
	for _, n := range o.sizes {
		dir := filepath.Join(temp, fmt.Sprint(n))
		if err := r.measureSize(ctx, progress, dir, cli, p, n); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// build builds the provider as releases do, and another one that reads by ID.
func build(ctx context.Context, dir string) (providers, error) {
	p := providers{}
	for byID, flags := range map[bool]string{false: "-s -w", true: "-s -w -X main.readsByID=1"} {
		p[byID] = filepath.Join(dir, fmt.Sprint("by-id-", byID))
		//nolint:gosec // The directory is this program's own.
		command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", flags, "-o", p[byID], "github.com/ghes-tools/terraform-provider-ghes")
		if output, err := command.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building the provider: %w\n%s", err, output)
		}
	}
	return p, nil
}

// describe names the CLI and the machine.
func describe(ctx context.Context, cli string) (string, error) {
	version, err := exec.CommandContext(ctx, cli, "version").Output()
	if err != nil {
		return "", err
	}
	name, _, _ := strings.Cut(string(version), "\n")
	return fmt.Sprintf("%s, %s, %s/%s, %d CPUs", strings.TrimSpace(name), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU()), nil
}

// measureSize measures all commands for n authorizations, in a new workspace and on
// a new server.
func (r *results) measureSize(ctx context.Context, progress io.Writer, dir, cli string, p providers, n int) error {
	s := newServer()
	defer s.Close()
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	w, err := newWorkspace(ctx, dir, cli, p, s, n)
	if err != nil {
		return err
	}
	for _, c := range commands(n, r.repeat) {
		fmt.Fprintf(progress, "%d authorizations: %s, %s", n, c.shown(), strings.Join(c.conditions(), ", "))
		s, err := w.run(ctx, c)
		if err != nil {
			return err
		}
		fmt.Fprintf(progress, ": %d requests, %.1f s\n", s.total(), s.wall.Seconds())
		r.add(c, s)
	}
	return nil
}

// commands returns the commands to measure for n authorizations, in this order. It
// repeats the plans as a group, so that each of them meets the same disturbances.
func commands(n, repeat int) []command {
	all := []command{{n: n, line: apply}, {n: n, line: destroy}, {n: n, line: apply, latency: far}}
	for range repeat {
		for _, line := range []string{plan, refreshOnly} {
			for _, latency := range []time.Duration{0, far} {
				all = append(all, command{n, line, latency, false}, command{n, line, latency, true})
			}
		}
		all = append(all, command{n: n, line: planOnly})
	}
	return append(all, command{n: n, line: update}, command{n: n, line: destroy, latency: far})
}
