package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// demo is one performance of the story.
type demo struct {
	stdout   io.Writer
	printErr error // the first one of stdout

	cli      *cli
	instance *instance

	checked bool                  // the last thing that was printed is a check
	mark    int                   // how many requests the instance had seen before the step
	made    ghessim.Authorization // by the CLI
	found   ghessim.Authorization // made elsewhere, and imported
	handed  bool                  // on past the state, which not every CLI can
}

// perform shows the story with that CLI and that build of the provider, in a
// temporary directory under parent. Tests change the server with prepare, which can
// be nil.
func perform(ctx context.Context, stdout io.Writer, cli, provider, parent string, prepare func(*ghessim.Server)) (err error) {
	temp, err := os.MkdirTemp(parent, "ghes-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()

	d := &demo{stdout: stdout, instance: newInstance()}
	defer d.instance.close()
	if prepare != nil {
		prepare(d.instance.Server)
	}
	if d.cli, err = newCLI(ctx, temp, cli, provider, d.instance); err != nil {
		return err
	}
	return d.tell(ctx)
}

// tell goes through the story, to its end or to the first step that fails.
func (d *demo) tell(ctx context.Context) error {
	d.say("This is %s with the provider ghes, on a GitHub Enterprise Server that is simulated at\n%s. The commands are real, in a copy of examples/demo:\n", d.cli.product(), d.instance.url)
	if err := d.try(func() { d.showFile(configuration) }); err != nil {
		return err
	}
	for i, s := range story {
		caption := s.title(d.cli)
		d.say("\n== %d. %s\n", i+1, caption)
		d.mark = len(d.instance.Requests())
		if err := errors.Join(d.try(func() { s.act(d, ctx) }), d.printErr); err != nil {
			return fmt.Errorf("step %d (%s): %w", i+1, caption, err)
		}
	}
	d.conclude()
	return d.printErr
}

// say prints, and keeps the first error for the end of the step.
func (d *demo) say(format string, args ...any) {
	d.checked = false
	if _, err := fmt.Fprintf(d.stdout, format, args...); d.printErr == nil {
		d.printErr = err
	}
}

// failure is the error that ended a step.
type failure struct{ err error }

// check ends the step if there is an error. It does not return then, like Fatal of
// package testing, and neither do the methods of demo that call it.
func (d *demo) check(err error) {
	if err != nil {
		panic(failure{err})
	}
}

// try runs a step and returns the error that ended it.
func (d *demo) try(step func()) (err error) {
	defer func() {
		switch ended := recover().(type) {
		case nil:
		case failure:
			err = ended.err
		default:
			panic(ended)
		}
	}()
	step()
	return nil
}

// expect says that a claim holds, or ends the step with an error that says what was
// found instead, which must not be a token.
func (d *demo) expect(holds bool, claim string, found any) {
	if !holds {
		d.check(fmt.Errorf("expected that %s, found: %v", claim, found))
	}
	if !d.checked {
		d.say("\n")
	}
	d.say("  ok: %s\n", claim)
	d.checked = true
}

// conclude says what it took.
func (d *demo) conclude() {
	all := d.instance.Requests()
	provider := fromProvider(all)
	sent := map[string]int{}
	for _, r := range provider {
		sent[r.Method]++
	}
	d.say("\n== %d. That was all\n\n", len(story)+1)
	if d.handed {
		d.say("One token was made, passed on and repaired, one was imported, one made for an app, and one handed on past the state;\nall are revoked.\n")
	} else {
		d.say("One token was made, passed on and repaired, one was imported, and one made for an app; all are revoked.\n")
	}
	d.say("No plan, log or message above has a token; output -raw and show -json, which do, were hidden.\n")
	d.say("The server saw %d requests: %d of the provider (%d GET, %d POST, %d PUT, %d PATCH, %d DELETE), %d of someone else.\n",
		len(all), len(provider), sent["GET"], sent["POST"], sent["PUT"], sent["PATCH"], sent["DELETE"], len(all)-len(provider))
}
