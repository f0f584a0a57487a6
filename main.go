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
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/ghes-tools/terraform-provider-ghes/internal/provider"
)

// version is set by the linker in releases.
var version = "dev"

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
	err := providerserver.Serve(context.Background(), provider.New(version, provider.WithLeases(leases)), providerserver.ServeOpts{
		Address: "registry.terraform.io/ghes-tools/ghes",
		Debug:   *debug,
	})

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
