// Command terraform-provider-ghes declares a GitHub Enterprise Server user's
// OAuth authorizations as Terraform resources.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	rundebug "runtime/debug"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/ghes-tools/terraform-provider-ghes/internal/provider"
)

// version is set by the linker in releases.
var version = "dev"

// readsByNumber is set by the linker in the benchmark, to compare with.
var readsByNumber string

// patience is shorter than the 2 seconds that a CLI leaves a provider between
// asking it to stop and killing it.
const patience = 1800 * time.Millisecond

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger, and print how to attach Terraform to it")
	flag.Parse()

	// net/http logs what a server sends unasked, whatever it holds, and the CLI
	// takes that into its own log.
	failures := log.New(log.Writer(), "", log.Flags())
	log.SetOutput(io.Discard)

	// Serve replaces it by one that nobody reads once Serve has returned.
	stderr := os.Stderr
	leases := &provider.Leases{}
	options := []provider.Option{provider.WithLeases(leases)}
	if readsByNumber != "" {
		options = append(options, provider.WithReadsByNumber())
	}
	var serving []tf6server.ServeOpt
	switch {
	case *debug:
		serving = append(serving, tf6server.WithManagedDebug())
	case !cliLogs():
		// It would read and parse all that is logged, and throw it away.
		_ = os.Setenv("TF_LOG_SDK", "OFF") // at worst it is logged
		options = append(options, provider.WithoutLog())
	}
	if os.Getenv("GOGC") == "" {
		rundebug.SetGCPercent(800) // of some megabytes
	}
	err := tf6server.Serve("registry.terraform.io/ghes-tools/ghes", provider.NewServer(version, options...), serving...)

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	left := leases.RevokeAll(ctx)
	cancel()
	if left != nil {
		// The CLI logs each line at the level that it begins with.
		fmt.Fprintln(stderr, "[ERROR] "+strings.ReplaceAll(left.Error(), "\n", "\n[ERROR] "))
	}
	if err != nil {
		failures.Fatal(err)
	}
}

// cliLogs reports whether the CLI logs what providers do.
func cliLogs() bool {
	return os.Getenv("TF_LOG") != "" || os.Getenv("TF_LOG_PROVIDER") != "" || os.Getenv("TF_LOG_SDK") != ""
}
