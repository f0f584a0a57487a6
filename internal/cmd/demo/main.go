// Command demo shows the main job of the provider: the real Terraform or OpenTofu creates,
// repairs, imports, hands off, rotates and destroys tokens on a GitHub Enterprise Server in
// memory. Each claim is checked, and the demo fails at the first one that does not hold.
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
		fmt.Fprintln(os.Stderr, "demo:", standIn(provider))
		os.Exit(1)
	}
	// A hangup or a closed pipe must not leave files and processes behind either.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := start(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// start runs the demo as the command line asks for it.
func start(ctx context.Context, args []string, stdout io.Writer) error {
	var o options
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.StringVar(&o.cli, "cli", "terraform", "`path` of Terraform or OpenTofu")
	flags.StringVar(&o.provider, "provider", "terraform-provider-ghes", "`path` of the built provider")
	flags.BoolVar(&o.verbose, "verbose", false, "print all files and all output of the CLI")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return perform(ctx, stdout, o)
}
