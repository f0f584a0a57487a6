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
	settings, err := parseFlags(args)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", settings.listen)
	if err != nil {
		return err
	}
	handler, environment := settings.instance("http://" + listener.Addr().String())
	if _, err := io.WriteString(stdout, environment); err != nil {
		return errors.Join(err, listener.Close())
	}

	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// settings say what kind of server to simulate.
type settings struct {
	listen                  string
	twoFactor, saml, hasAPI bool
	latency                 time.Duration
	authorizations          int
}

func parseFlags(args []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("ghes-simulator", flag.ContinueOnError)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:0", "loopback `address` to serve on")
	flags.BoolVar(&s.twoFactor, "2fa", false, "the user has two-factor authentication")
	flags.BoolVar(&s.saml, "saml", false, "users sign in by SAML: the server accepts no passwords")
	noAPI := flags.Bool("no-api", false, "the server does not offer the OAuth Authorizations API")
	flags.DurationVar(&s.latency, "latency", 0, "`duration` to wait before each response")
	flags.IntVar(&s.authorizations, "authorizations", 0, "how many authorizations the user has at the start")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if s.latency < 0 || s.authorizations < 0 {
		return s, errors.New("-latency and -authorizations must not be negative")
	}
	s.hasAPI = !*noAPI
	return s, checkLoopback(s.listen)
}

// instance returns the server, and the shell commands with which its user, its site administrator and
// its OAuth app are tried at url.
func (s settings) instance(url string) (http.Handler, string) {
	user := ghessim.User{Login: "octocat", Password: rand.Text()}
	admin := ghessim.User{Login: "site-admin", Password: rand.Text(), SiteAdmin: true}
	app := ghessim.App{
		ClientID:     strings.ToLower(rand.Text()[:20]), // the API takes no longer ID
		ClientSecret: strings.ToLower(rand.Text()),
		Name:         "Demo",
		URL:          "https://example.com/demo",
	}
	totpSecret := ""
	if s.twoFactor {
		totpSecret = rand.Text() // is base32
		user.VerifyOTP = func(code string, now time.Time) bool { return isTOTP(code, totpSecret, now) }
	}
	server := ghessim.New(ghessim.Options{
		Users: []ghessim.User{user, admin}, Apps: []ghessim.App{app}, ExternalAuth: s.saml, NoAuthorizations: !s.hasAPI,
	})
	adminToken := server.AddAuthorization(ghessim.Authorization{Login: admin.Login, Note: new("Terraform"), Scopes: []string{"site_admin"}}).Token
	for i := range s.authorizations {
		server.AddAuthorization(ghessim.Authorization{Note: new(fmt.Sprintf("Token %d", i+1)), Scopes: []string{"repo"}})
	}
	server.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		time.Sleep(s.latency)
		next.ServeHTTP(w, r)
	})

	environment := fmt.Sprintf("export GHES_BASE_URL=%s\nexport GHES_USERNAME=%s\nexport GHES_PASSWORD=%s\n", url, user.Login, user.Password)
	if totpSecret != "" {
		environment += fmt.Sprintf("export GHES_TOTP_SECRET=%s\n", totpSecret)
	}
	return server, environment + fmt.Sprintf(`# A site administrator's token, to act as octocat:
export GHES_ADMIN_TOKEN=%s
# An OAuth app to try:
export TF_VAR_client_id=%s
export TF_VAR_client_secret=%s
`, adminToken, app.ClientID, app.ClientSecret)
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
