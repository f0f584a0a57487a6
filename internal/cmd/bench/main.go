// Command bench measures the cost of the provider with the real Terraform or OpenTofu
// and a simulated GitHub Enterprise Server. It measures the requests, time, CPU and
// memory of each command, with reads from lists and with reads by ID. It prints a
// report. No figure makes it fail, because machines differ.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if provider := os.Getenv(envProvider); provider != "" {
		os.Exit(standIn(provider, os.Getenv(envUsage)))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := start(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// start measures what the command line asks for. It prints the report to stdout and
// its progress to stderr.
func start(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	cli := flags.String("cli", "terraform", "`path` of Terraform or OpenTofu")
	out := flags.String("out", "", "`file` to write the report to as well")
	quick := flags.Bool("quick", false, "measure 100 authorizations only, and each plan once")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	o := options{sizes: []int{100, 1000, 2000}, repeat: 3}
	if *quick {
		o = options{sizes: []int{100}, repeat: 1}
	}
	r, err := measure(ctx, stderr, *cli, o)
	if err != nil {
		return err
	}
	if *out != "" {
		if err := os.WriteFile(*out, []byte(r.markdown()), 0o644); err != nil { //nolint:gosec // Everybody may read the report.
			return err
		}
	}
	_, err = fmt.Fprint(stdout, r.markdown())
	return err
}
