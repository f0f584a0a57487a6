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

// readsByID is set by the linker in the benchmark, for a provider that reads
// every authorization by its ID.
var readsByID string

// stopTimeout limits the revocation of tokens after the CLI has stopped the
// provider. It is shorter than the 2 seconds after which the CLI kills it.
const stopTimeout = 1800 * time.Millisecond

// orphanTimeout limits the revocation of tokens once the CLI has exited without
// stopping the provider. Nothing kills the provider then.
const orphanTimeout = 30 * time.Second

// exitTimeout is when a provider exits after its CLI, even if it hangs.
const exitTimeout = orphanTimeout + 5*time.Second

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger, and print how to attach Terraform to it")
	flag.Parse()

	// A provider for a debugger has no CLI as its parent, and signals stop it.
	var cliExited <-chan struct{}
	if !*debug {
		cli := os.Getppid()
		outliveSignals(cli)
		cliExited = watchParent(cli, exitTimeout)
	}
	errorLog := takeOverLog()
	stderr := os.Stderr // Serve replaces it, and nobody reads the replacement once Serve has returned.
	setGC()

	tokens, memories := &provider.EphemeralTokens{}, &provider.TokenMemories{}
	served := make(chan error, 1)
	go func() { served <- serve(*debug, tokens, memories) }()
	var err error
	select {
	case err = <-served:
	case <-cliExited:
	}

	// The CLI logs each line at the level that it begins with.
	if warning := memories.LossWarning(); warning != "" {
		fmt.Fprintln(stderr, "[WARN] "+warning)
	}
	if left := revokeAll(tokens, cliExited); left != nil {
		fmt.Fprintln(stderr, "[ERROR] "+strings.ReplaceAll(left.Error(), "\n", "\n[ERROR] "))
	}
	if err != nil {
		errorLog.Fatal(err)
	}
}

// takeOverLog discards what is logged with package log, and returns a logger for
// the errors of this package. net/http logs unexpected data from a server, which
// may hold secrets, and the CLI would copy it into its own log.
func takeOverLog() *log.Logger {
	errorLog := log.New(log.Writer(), "", log.Flags())
	log.SetOutput(io.Discard)
	return errorLog
}

// setGC has the garbage collector run less often than by default, because the
// heap has only a few megabytes.
func setGC() {
	if os.Getenv("GOGC") == "" {
		rundebug.SetGCPercent(800)
	}
}

// serve serves the provider until the CLI stops it. It adds the tokens that have
// to be revoked then to tokens, and those that are in memory only to memories.
func serve(debug bool, tokens *provider.EphemeralTokens, memories *provider.TokenMemories) error {
	options := []provider.Option{provider.WithEphemeralTokens(tokens), provider.WithTokenMemories(memories)}
	if readsByID != "" {
		options = append(options, provider.WithReadsByID())
	}
	var serveOptions []tf6server.ServeOpt
	switch {
	case debug:
		serveOptions = append(serveOptions, tf6server.WithManagedDebug())
	case !cliLogs():
		// The CLI would read and parse each log message, and then drop it.
		_ = os.Setenv("TF_LOG_SDK", "OFF") // If this fails, the messages are logged.
		options = append(options, provider.WithoutLog())
	}
	return tf6server.Serve("registry.terraform.io/ghes-tools/ghes", provider.NewServer(version, options...), serveOptions...)
}

// cliLogs reports whether the CLI logs what providers do.
func cliLogs() bool {
	return os.Getenv("TF_LOG") != "" || os.Getenv("TF_LOG_PROVIDER") != "" || os.Getenv("TF_LOG_SDK") != ""
}

// revokeAll revokes the tokens that the CLI has not closed. The error names those
// that may be left on the server.
func revokeAll(tokens *provider.EphemeralTokens, cliExited <-chan struct{}) error {
	err := revokeWithin(stopTimeout, tokens)
	if err == nil {
		return nil
	}
	select {
	case <-cliExited:
		return revokeWithin(orphanTimeout, tokens)
	default:
		return err
	}
}

func revokeWithin(timeout time.Duration, tokens *provider.EphemeralTokens) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return tokens.RevokeAll(ctx)
}
