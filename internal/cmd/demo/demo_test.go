package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// leftOut is in the demo's text about a step that the CLI does not support.
const leftOut = "and is left out with"

// TestMain lets the CLI start this program as the provider, as it does with the demo.
func TestMain(m *testing.M) {
	if provider := os.Getenv(envProvider); provider != "" {
		fmt.Fprintln(os.Stderr, standIn(provider))
		os.Exit(1)
	}
	m.Run()
}

// stage has the CLI and the provider for a performance. The provider is built once for
// all tests.
type stage struct{ cli, provider string }

func newStage(t *testing.T) stage {
	t.Helper()
	cli := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if cli == "" {
		var err error
		if cli, err = exec.LookPath("terraform"); err != nil {
			t.Fatal("no CLI to test with: set TF_ACC_TERRAFORM_PATH, or put terraform on PATH")
		}
	}
	provider := filepath.Join(t.TempDir(), "terraform-provider-ghes")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", provider, "github.com/ghes-tools/terraform-provider-ghes")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the provider: %v\n%s", err, output)
	}
	return stage{cli, provider}
}

// perform runs the demo, and wants nothing to be left of it.
func (s stage) perform(ctx context.Context, t *testing.T, verbose bool, prepare func(*ghessim.Server)) (string, error) {
	t.Helper()
	parent := t.TempDir()
	var output bytes.Buffer
	err := perform(ctx, &output, options{s.cli, s.provider, verbose, parent, prepare})
	wantNothingLeft(t, parent)
	return output.String(), err
}

func wantNothingLeft(t *testing.T, parent string) {
	t.Helper()
	left, err := os.ReadDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if runtime.GOOS != "linux" {
		return
	}
	processes, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil || len(processes) == 0 {
		t.Fatalf("listing processes: found %d, %v", len(processes), err)
	}
	for _, cwd := range processes {
		if dir, err := os.Readlink(cwd); err == nil && strings.HasPrefix(dir, parent) {
			t.Errorf("%s still runs, in %s", filepath.Dir(cwd), dir)
		}
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	t.Run("summary", func(t *testing.T) { t.Parallel(); testSummary(t, s) })
	t.Run("verbose", func(t *testing.T) { t.Parallel(); testVerbose(t, s) })
	t.Run("old CLI", func(t *testing.T) { t.Parallel(); testOldCLI(t, s) })
	t.Run("faults", func(t *testing.T) { t.Parallel(); testFaults(t, s) })
	t.Run("cancelled", func(t *testing.T) { t.Parallel(); testCancelled(t, s) })
	t.Run("closed stdout", func(t *testing.T) { t.Parallel(); testClosedStdout(t, s) })
}

func testSummary(t *testing.T, s stage) {
	output, seen := s.tell(t, false)
	if lines := strings.Count(output, "\n"); lines > 100 {
		t.Errorf("the summary has %d lines, want 100 at most", lines)
	}
	wantAll(t, output,
		"  Someone sends PATCH /api/v3/authorizations/1 {",
		"$ "+filepath.Base(s.cli)+" plan -detailed-exitcode -out=repair.tfplan\n          ~ note ",
		"\n    Apply complete! Resources: 1 imported, 0 added, 0 changed, 0 destroyed.\n",
		"Warning: The token of authorization 4 will be rotated\n",
		"ok: the server accepts both tokens",
		"ok: the server refuses the previous token, and accepts the current one",
		fmt.Sprintf("the provider sent %d requests.\n", seen.byProvider),
	)
	if !strings.Contains(output, leftOut) {
		wantAll(t, output, "ok: the consumer has the new token", gainsOfHandOff)
		if strings.HasPrefix(filepath.Base(s.cli), "terraform") {
			checkPicture(t, output)
		}
	}
	if strings.Contains(output, "will perform the following actions") {
		t.Errorf("the summary has whole plans:\n%s", output)
	}
}

func testVerbose(t *testing.T, s stage) {
	output, _ := s.tell(t, true)
	wantAll(t, output, ` init`+"\n", "will perform the following actions", `resource "ghes_authorization" "ci" {`, `- "delete_repo"`, "1 to import, 0 to add", "ok: the server accepts both tokens")
}

// A CLI that has no ephemeral resources shows the rest.
func testOldCLI(t *testing.T, s stage) {
	if runtime.GOOS == "windows" {
		t.Skip("the CLI is a shell script")
	}
	old := filepath.Join(t.TempDir(), filepath.Base(s.cli))
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = version ] || exec %q \"$@\"\n%[1]q version | sed '1s/ v.*/ v1.8.0/'\n", s.cli)
	if err := os.WriteFile(old, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	output, _ := stage{old, s.provider}.tell(t, false)
	wantAll(t, output, leftOut+" 1.8.0.\n", "ok: the server accepts both tokens", gains)
	if strings.Contains(output, "consumer has") || strings.Contains(output, gainsOfHandOff) {
		t.Errorf("output tells of the hand-off:\n%s", output)
	}
}

// tell performs the demo to its end, and wants no secret to be in its output.
func (s stage) tell(t *testing.T, verbose bool) (string, *traffic) {
	t.Helper()
	seen := &traffic{secrets: map[string]bool{}}
	output, err := s.perform(t.Context(), t, verbose, func(server *ghessim.Server) { server.Intercept(seen.intercept(server)) })
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	checkCaptions(t, s, output)
	if len(seen.secrets) != 1+5 {
		t.Errorf("%d secrets went by, want a password and 5 tokens", len(seen.secrets))
	}
	checkHidden(t, output, seen.secrets)
	return output, seen
}

func wantAll(t *testing.T, output string, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if !strings.Contains(output, want) {
			t.Errorf("output does not have %q:\n%s", want, output)
		}
	}
}

// traffic is the record of a server: the number of the provider's requests, the user's
// password and all tokens.
type traffic struct {
	mu         sync.Mutex
	byProvider int
	secrets    map[string]bool
}

func (seen *traffic) intercept(server *ghessim.Server) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		seen.mu.Lock()
		defer seen.mu.Unlock()
		if byProvider(r) {
			seen.byProvider++
			_, password, _ := r.BasicAuth()
			seen.secrets[password] = true
		}
		for _, a := range server.Authorizations() {
			seen.secrets[a.Token] = true
		}
	}
}

// checkCaptions wants the captions of all steps to be in the output, in their order.
func checkCaptions(t *testing.T, s stage, output string) {
	t.Helper()
	rest := output
	for i, step := range story {
		caption := fmt.Sprintf("\n== %d. %s\n", i+1, step.title(&cli{Workspace: &localcli.Workspace{CLI: s.cli}}))
		var found bool
		if _, rest, found = strings.Cut(rest, caption); !found {
			t.Errorf("output does not have, in this order, %q:\n%s", caption, output)
			return
		}
	}
}

// checkHidden wants neither secrets nor escape sequences to be in the output.
func checkHidden(t *testing.T, output string, secrets map[string]bool) {
	t.Helper()
	for secret := range secrets {
		if strings.Contains(output, secret) {
			t.Error("output has a secret")
		}
	}
	if regexp.MustCompile(`gh[a-z]_\w{9}|AGE-SECRET-KEY`).MatchString(output) {
		t.Error("output has something like a token or a secret key")
	}
	if strings.Contains(output, "\x1b") {
		t.Error("output has escape sequences")
	}
}

func testCancelled(t *testing.T, s stage) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped by the test")
	output, err := s.perform(ctx, t, false, func(server *ghessim.Server) {
		server.Intercept(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
			cancel(stopped)
			<-r.Context().Done()
		})
	})
	if !errors.Is(err, stopped) || !strings.HasPrefix(err.Error(), "step 2 (") {
		t.Errorf("error %v, want that of the context\n%s", err, output)
	}
}

func testClosedStdout(t *testing.T, s stage) {
	reader, writer := io.Pipe()
	_ = reader.Close()
	parent := t.TempDir()
	if err := perform(t.Context(), writer, options{cli: s.cli, provider: s.provider, parent: parent}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v, want the one of stdout", err)
	}
	wantNothingLeft(t, parent)
}

// A CLI that prints a token is found out.
func TestTerraform_leak(t *testing.T) {
	t.Parallel()
	server := newInstance()
	t.Cleanup(server.close)
	token := server.AddAuthorization(ghessim.Authorization{}).Token
	talkative := &cli{Workspace: &localcli.Workspace{CLI: "go", Env: append(os.Environ(), "GOPROXY="+token)}}
	d := &demo{stdout: io.Discard, cli: talkative, instance: server}
	if err := d.try(func() { d.terraform(t.Context(), 0, "env", "GOPROXY") }); err == nil || !strings.Contains(err.Error(), "hides tokens") || strings.Contains(err.Error(), token) {
		t.Errorf("error %v", err)
	}
	if err := d.try(func() { d.terraform(t.Context(), 0, "env", "GOARCH") }); err != nil {
		t.Error(err)
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(t.TempDir(), "none")
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"help":             {[]string{"-help"}, flag.ErrHelp.Error()},
		"unknown flag":     {[]string{"-client", "x"}, "not defined"},
		"argument":         {[]string{"terraform"}, `unexpected argument "terraform"`},
		"no such CLI":      {[]string{"-cli", none, "-provider", self}, none},
		"no such provider": {[]string{"-cli", self, "-provider", none}, none},
		"not a CLI":        {[]string{"-cli", "go", "-provider", self}, "step 1 ("},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := start(t.Context(), test.args, io.Discard); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
