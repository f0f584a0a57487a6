// Command ghes-simulator serves a GitHub Enterprise Server in memory, to try the provider on.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "ghes-simulator:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("ghes-simulator", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "loopback `address` to serve on")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := checkLoopback(*listen); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *listen)
	if err != nil {
		return err
	}

	user := ghessim.User{Login: "octocat", Password: rand.Text()}
	app := ghessim.App{
		ClientID:     strings.ToLower(rand.Text()[:20]), // the API takes no longer ID
		ClientSecret: strings.ToLower(rand.Text()),
		Name:         "Demo",
		URL:          "https://example.com/demo",
	}
	server := &http.Server{
		Handler:           ghessim.New(ghessim.Options{Users: []ghessim.User{user}, Apps: []ghessim.App{app}}),
		ReadHeaderTimeout: 5 * time.Second,
	}
	if _, err := fmt.Fprintf(stdout, `export GHES_BASE_URL=http://%s
export GHES_USERNAME=%s
export GHES_PASSWORD=%s
# An OAuth app to try:
export TF_VAR_client_id=%s
export TF_VAR_client_secret=%s
`, listener.Addr(), user.Login, user.Password, app.ClientID, app.ClientSecret); err != nil {
		return errors.Join(err, listener.Close())
	}

	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// checkLoopback keeps a server whose password is on the screen off the network.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("-listen %s is not a loopback address", address)
	}
	return nil
}
