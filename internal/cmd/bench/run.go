package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// far is the time that each answer takes from a server that is not next door.
const far = 100 * time.Millisecond

// What is measured of the CLI. A plan with -detailed-exitcode fails unless it has
// nothing to change.
const (
	apply       = "apply -auto-approve"
	plan        = "plan -detailed-exitcode"
	refreshOnly = "plan -refresh-only"
	planOnly    = "plan -refresh=false -detailed-exitcode"
	update      = "apply -auto-approve -var=revision=2"
	destroy     = "destroy -auto-approve"
)

// command is one of the CLI, and in what circumstances.
type command struct {
	n        int // authorizations
	line     string
	latency  time.Duration // of the server
	byNumber bool          // how the provider reads
}

// options say what to measure, and how often.
type options struct {
	sizes    []int // how many authorizations, at least one such number
	few      int   // for the CPU for each, beside the last of the sizes
	repeat   int   // plans
	startups int
}

// bench is one run of all measurements.
type bench struct {
	options
	cli       string
	temp      string
	progress  io.Writer
	providers providers
	results   *results
}

// measure does all measurements. What can be repeated is, in turn, since machines
// have other things to do as well.
func measure(ctx context.Context, progress io.Writer, cli string, o options) (_ *results, err error) {
	if cli, err = localcli.Find(cli); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "ghes-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	b := &bench{options: o, cli: cli, temp: temp, progress: progress, results: newResults(o)}
	b.say("building the provider")
	if b.providers, err = build(ctx, temp); err != nil {
		return nil, err
	}
	if err := b.setting(ctx); err != nil {
		return nil, err
	}
	for _, n := range []int{1, o.few} {
		if err := b.with(ctx, n, b.small); err != nil {
			return nil, err
		}
	}
	for _, n := range o.sizes {
		if err := b.with(ctx, n, b.all); err != nil {
			return nil, err
		}
	}
	return b.results, nil
}

// setting says what it is that measures and is measured.
func (b *bench) setting(ctx context.Context) error {
	version, err := exec.CommandContext(ctx, b.cli, "version").Output() //nolint:gosec // The user names the program to run.
	if err != nil {
		return err
	}
	name, _, _ := strings.Cut(string(version), "\n")
	b.results.setting = fmt.Sprintf("%s, %s, %s/%s, %d CPUs", strings.TrimSpace(name), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	info, err := os.Stat(b.providers.lists)
	if err != nil {
		return err
	}
	b.results.size = info.Size()
	b.say("starting the provider %d times", b.startups)
	b.results.startup, err = startup(ctx, b.providers.lists, b.startups)
	return err
}

// with has f measure in a workspace of n authorizations, on a server of its own.
func (b *bench) with(ctx context.Context, n int, f func(context.Context, *workspace, int) error) (err error) {
	s, err := newServer(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	dir, err := os.MkdirTemp(b.temp, "")
	if err != nil {
		return err
	}
	w, err := newWorkspace(ctx, dir, b.cli, b.providers, s, n)
	if err != nil {
		return err
	}
	return f(ctx, w, n)
}

// all measures everything for n authorizations. What takes longest is done once: it
// also lasts longer than what may disturb it.
func (b *bench) all(ctx context.Context, w *workspace, n int) error {
	var commands []command
	repeat := 1
	if n <= judged {
		commands = []command{{n: n, line: apply}, {n: n, line: destroy}}
		repeat = b.repeat
	}
	commands = append(commands, command{n: n, line: apply, latency: far})
	for range repeat {
		for _, latency := range []time.Duration{0, far} {
			for _, line := range []string{plan, refreshOnly} {
				for _, byNumber := range []bool{false, true} {
					commands = append(commands, command{n, line, latency, byNumber})
				}
			}
		}
		commands = append(commands, command{n: n, line: planOnly})
	}
	if n <= judged {
		commands = append(commands, command{n: n, line: update})
	} else {
		for range b.repeat - 1 { // its CPU is compared with that of few
			commands = append(commands, command{n: n, line: plan})
		}
	}
	return b.run(ctx, w, append(commands, command{n: n, line: destroy, latency: far}))
}

// small measures what the CPU for each authorization needs.
func (b *bench) small(ctx context.Context, w *workspace, n int) error {
	commands := []command{{n: n, line: apply}}
	for range b.repeat {
		commands = append(commands, command{n: n, line: plan})
	}
	return b.run(ctx, w, commands)
}

func (b *bench) run(ctx context.Context, w *workspace, commands []command) error {
	for _, c := range commands {
		s, err := w.run(ctx, c)
		if err != nil {
			return err
		}
		b.say("%d authorizations: %s, %s: %d requests, %.1f s", c.n, shown(c.line), c.circumstances(), s.total(), s.wall.Seconds())
		b.results.add(c, s)
	}
	return nil
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, format+"\n", args...)
}
