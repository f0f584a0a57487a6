// Command terraform-provider-ghes declares a GitHub Enterprise Server user's
// OAuth authorizations as Terraform resources.
package main

import (
	"context"
	"flag"
	"io"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/ghes-tools/terraform-provider-ghes/internal/provider"
)

// version is set by the linker in releases.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger, and print how to attach Terraform to it")
	flag.Parse()

	// net/http logs what a server sends unasked, whatever it holds, and the CLI
	// takes that into its own log.
	failures := log.New(log.Writer(), "", log.Flags())
	log.SetOutput(io.Discard)

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/ghes-tools/ghes",
		Debug:   *debug,
	})
	if err != nil {
		failures.Fatal(err)
	}
}
