package provider

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const (
	testUser     = "octocat"
	testPassword = "correct-horse-battery-staple"
	testClientID = "1234567890abcdefghij"
	testSecret   = "not-a-real-client-secret"
)

// cliVersion is the version of the Terraform or OpenTofu that the tests run. If both
// CLIs have a feature that this provider needs, it came with the same version of each.
var (
	cliVersion *version.Version
	isOpenTofu bool
)

// needsCLI skips a test if the CLI is older than oldest.
func needsCLI(t *testing.T, oldest string) {
	t.Helper()
	if cliVersion.LessThan(version.Must(version.NewVersion(oldest))) {
		t.Skipf("the CLI is %s, this needs %s", cliVersion, oldest)
	}
}

// needsTerraform skips a test on OpenTofu, and on Terraform before oldest.
func needsTerraform(t *testing.T, oldest string) {
	t.Helper()
	if isOpenTofu {
		t.Skipf("the CLI is OpenTofu, this needs Terraform %s", oldest)
	}
	needsCLI(t, oldest)
}

// needsQueriesAndActions skips a test if the CLI has neither.
func needsQueriesAndActions(t *testing.T) {
	t.Helper()
	needsTerraform(t, "1.14")
}

// TestMain removes the settings of the user who runs the tests from the environment,
// and tells the test framework which CLI it has.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // for the provider, which runs in this process
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if name != "TF_ACC_TERRAFORM_PATH" && name != envRequireDecrypters && (strings.HasPrefix(name, "GHES_") || strings.HasPrefix(name, "TF_")) {
			_ = os.Unsetenv(name)
		}
	}
	cli := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if cli == "" {
		cli, _ = exec.LookPath("terraform")
	}
	output, err := exec.CommandContext(context.Background(), cli, "version").Output()
	if err != nil {
		fmt.Fprintf(os.Stderr, "no CLI to test with: set TF_ACC_TERRAFORM_PATH, or use make test (%v)\n", err)
		os.Exit(1)
	}
	name, _, _ := strings.Cut(string(output), "\n")
	fmt.Println("testing with", name)
	cliVersion = version.Must(version.NewVersion(name[strings.LastIndex(name, " v")+2:])).Core()
	environment := map[string]string{
		"TF_ACC_TERRAFORM_PATH":     cli,
		"TF_ACC_PROVIDER_NAMESPACE": "ghes-tools",
		"TF_CLI_CONFIG_FILE":        os.DevNull,
		"CHECKPOINT_DISABLE":        "1",
		// For the CLIs, which live for a moment: collecting garbage takes a third of their time.
		"GOGC":       "off",
		"GOMEMLIMIT": "1GiB",
	}
	if isOpenTofu = strings.Contains(name, "OpenTofu"); isOpenTofu {
		environment["TF_ACC_PROVIDER_HOST"] = "registry.opentofu.org"
	}
	for name, value := range environment {
		_ = os.Setenv(name, value)
	}
	if binaryDir, err = os.MkdirTemp("", "terraform-provider-ghes-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(binaryDir)
	os.Exit(code)
}

// instance is a server of one test's own, reached over HTTP.
type instance struct {
	*ghessim.Server
	clock
	url    string
	others []int64
}

// clock is the time of a server, and of the providers that use it.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) advance(days int) { c.ahead.Add(int64(days) * int64(24*time.Hour)) }

// newInstance starts a server with one user and one OAuth app.
func newInstance(t *testing.T, options ...func(*ghessim.Options)) *instance {
	t.Helper()
	i := &instance{}
	o := ghessim.Options{
		Now:   i.now,
		Users: []ghessim.User{{Login: testUser, Password: testPassword}},
		Apps:  []ghessim.App{{ClientID: testClientID, ClientSecret: testSecret, Name: "Deployer", URL: "https://deployer.example.com"}},
	}
	for _, option := range options {
		option(&o)
	}
	i.Server = ghessim.New(o)
	server := httptest.NewServer(i)
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

// config is body with a provider block for the instance.
func (i *instance) config(body string) string {
	return requiredProviders + fmt.Sprintf(`
provider "ghes" {
  base_url = %q
  username = %q
  password = %q
}
`, i.url, testUser, testPassword) + body
}

const requiredProviders = `
terraform {
  required_providers {
    ghes = { source = "ghes-tools/ghes" }
  }
}
`

// elsewhere adds an authorization that is not Terraform's, and that a test has
// to leave alone unless it imports it.
func (i *instance) elsewhere(a ghessim.Authorization) {
	i.others = append(i.others, i.AddAuthorization(a).ID)
}

// test runs steps with the real CLI. At the end it destroys everything, and the server
// has only authorizations that were created elsewhere.
func (i *instance) test(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"ghes": func() (tfprotov6.ProviderServer, error) {
				return NewServer("test", WithClock(i.now), withBackoff(time.Millisecond))(), nil
			},
		},
		Steps: steps,
		CheckDestroy: func(*terraform.State) error {
			for _, a := range i.Authorizations() {
				if !slices.Contains(i.others, a.ID) {
					return fmt.Errorf("authorization %d is still there", a.ID)
				}
			}
			return nil
		},
	})
}

// sent returns the requests since the last call, as method and path.
func (i *instance) sent() []string {
	sent := []string{}
	for _, r := range i.Requests() {
		sent = append(sent, r.Method+" "+r.Path)
	}
	i.ClearRequests()
	return sent
}

// forget clears the log of requests, as a PreConfig.
func (i *instance) forget() { i.ClearRequests() }

// checkSent compares the requests since the last look, in any order.
func (i *instance) checkSent(want ...string) error {
	sent := i.sent()
	slices.Sort(sent)
	slices.Sort(want)
	if !slices.Equal(sent, want) {
		return fmt.Errorf("sent %q, want %q", sent, want)
	}
	return nil
}

// expectSent checks, right after an apply, which requests it took.
func (i *instance) expectSent(want ...string) statecheck.StateCheck {
	return stateCheck(func() error { return i.checkSent(want...) })
}

// expectServer checks an authorization on the server, right after an apply.
func (i *instance) expectServer(id func() int64, check func(ghessim.Authorization) error) statecheck.StateCheck {
	return stateCheck(func() error {
		a, ok := i.Authorization(id())
		if !ok {
			return fmt.Errorf("no authorization %d on the server", id())
		}
		return check(a)
	})
}

// only returns the ID of the only authorization on the server, and 0 if there is none
// or more than one.
func (i *instance) only() int64 {
	if all := i.Authorizations(); len(all) == 1 {
		return all[0].ID
	}
	return 0
}

// stateCheck is a check of the server at the time of the state's checks.
type stateCheck func() error

func (c stateCheck) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = c()
}

// changeResponses replaces text in every response of the server.
func changeResponses(sim *instance, old, with string) {
	sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		maps.Copy(w.Header(), answer.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		_, _ = strings.NewReplacer(old, with).WriteString(w, answer.Body.String())
	})
}
