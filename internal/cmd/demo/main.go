// Command demo shows what the provider is for: the real Terraform or OpenTofu
// makes, keeps, imports and destroys tokens on a GitHub Enterprise Server in
// memory. What it says is checked; it fails where something comes out otherwise.
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
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	cli := flags.String("cli", "terraform", "`path` of Terraform or OpenTofu")
	provider := flags.String("provider", "terraform-provider-ghes", "`path` of the built provider")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return perform(ctx, stdout, *cli, *provider, "", nil)
}
