package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// options say what to perform and with what.
type options struct {
	cli, provider string
	verbose       bool                  // print all files and all output of the CLI
	parent        string                // of the temporary directory; "" means that of the system
	prepare       func(*ghessim.Server) // changes the server for a test; may be nil
}

// demo is one performance of the story.
type demo struct {
	stdout   io.Writer
	printErr error // the first one of stdout
	verbose  bool

	cli      *cli
	instance *instance

	checked bool                  // the last thing that was printed is a check
	mark    int                   // how many requests the instance had seen before the step
	made    ghessim.Authorization // by the CLI
	handed  bool                  // off to a consumer, which not every CLI can
}

// perform shows the story in a temporary directory.
func perform(ctx context.Context, stdout io.Writer, o options) (err error) {
	temp, err := os.MkdirTemp(o.parent, "ghes-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()

	d := &demo{stdout: stdout, verbose: o.verbose, instance: newInstance()}
	defer d.instance.close()
	if o.prepare != nil {
		o.prepare(d.instance.Server)
	}
	if d.cli, err = newCLI(ctx, temp, o, d.instance); err != nil {
		return err
	}
	return d.tell(ctx)
}

// tell goes through the story, to its end or to the first step that fails.
func (d *demo) tell(ctx context.Context) error {
	d.say("This is the real %s with the provider ghes, and a simulated GitHub Enterprise Server at\n%s. Each \"ok\" was checked, most of them on the server. VERBOSE=1 shows all output.\n", d.cli.product(), d.instance.url)
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

// detail prints what the summary leaves out.
func (d *demo) detail(format string, args ...any) {
	if d.verbose {
		d.say(format, args...)
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

// must ends the step unless a claim holds, with an error that says what was found
// instead, which must not be a token.
func (d *demo) must(holds bool, claim string, found any) {
	if !holds {
		d.check(fmt.Errorf("expected that %s, found: %v", claim, found))
	}
}

// expect does as must, and says that the claim holds.
func (d *demo) expect(holds bool, claim string, found any) {
	d.must(holds, claim, found)
	if !d.checked {
		d.detail("\n")
	}
	d.say("  ok: %s\n", claim)
	d.checked = true
}

// conclude says what the user gains.
func (d *demo) conclude() {
	d.say("\n== Gains\n%s", gains)
	if d.handed {
		d.say("%s", gainsOfHandOff)
	}
	d.say("For all of this, the provider sent %d requests.\n", len(fromProvider(d.instance.Requests())))
}

const gains = `A plan shows what somebody changed on a token, and an apply puts it right.
Tokens that exist already are imported, and keep working.
An apply rotates a token that is due, and the previous one works until its overlap ends.
A destroy leaves no token on the server.
`

const gainsOfHandOff = `A consumer gets a token whenever it is created, and state, plans and output have that token encrypted only.
`
