// Command bench measures what the provider costs with the real Terraform or
// OpenTofu, on a GitHub Enterprise Server in memory: requests, time, CPU and memory
// of each command, with reads that lists serve and, in turn with them, with reads
// by number. It prints how they compare and fails for none of it: machines differ.
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

// start measures what the command line asks for, and prints the report to stdout
// and what it is doing to stderr.
func start(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	cli := flags.String("cli", "terraform", "`path` of Terraform or OpenTofu")
	out := flags.String("out", "", "`directory` for the report and its plot, too")
	repeat := flags.Int("repeat", 5, "how `often` each plan is made; the least time counts")
	quick := flags.Bool("quick", false, "100 authorizations and one plan of each kind only")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *repeat < 1 {
		return fmt.Errorf("-repeat %d: at least one plan of each kind is needed", *repeat)
	}
	o := options{few: 250, sizes: []int{100, 1000, 2000}, startups: 10, repeat: *repeat}
	if *quick {
		o = options{few: 10, sizes: []int{100}, startups: 1, repeat: 1}
	}
	r, err := measure(ctx, stderr, *cli, o)
	if err != nil {
		return err
	}
	if *out != "" {
		if err := r.save(*out); err != nil {
			return err
		}
	}
	_, err = fmt.Fprint(stdout, r.markdown())
	return err
}
