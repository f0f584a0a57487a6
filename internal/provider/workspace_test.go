package provider

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// workspace is a directory with a configuration and the real CLI in it, for
// what has to be seen as a user sees it: warnings, errors, exit codes.
type workspace struct {
	t   *testing.T
	dir string
	env []string
}

// newWorkspace serves the provider to CLIs that run in a new directory.
func newWorkspace(t *testing.T, config string) *workspace {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	reattach, closed := make(chan *plugin.ReattachConfig, 1), make(chan struct{})
	go func() {
		err := tf6server.Serve("registry.terraform.io/ghes-tools/ghes", providerserver.NewProtocol6(New("test")()),
			tf6server.WithDebug(ctx, reattach, closed), tf6server.WithLoggingSink(t),
			tf6server.WithGoPluginLogger(hclog.NewNullLogger()))
		if err != nil {
			t.Errorf("serving the provider: %v", err)
		}
	}()
	served := <-reattach
	address := map[string]any{
		"Protocol": served.Protocol, "ProtocolVersion": 6, "Pid": served.Pid, "Test": true,
		"Addr": map[string]string{"Network": served.Addr.Network(), "String": served.Addr.String()},
	}
	providers, err := json.Marshal(map[string]any{
		"registry.terraform.io/ghes-tools/ghes": address,
		"registry.opentofu.org/ghes-tools/ghes": address,
	})
	if err != nil {
		t.Fatal(err)
	}
	return newWorkspaceWith(t, config, "TF_REATTACH_PROVIDERS="+string(providers))
}

func newWorkspaceWith(t *testing.T, config string, env ...string) *workspace {
	t.Helper()
	w := &workspace{t: t, dir: t.TempDir(), env: append(append(os.Environ(), "TF_IN_AUTOMATION=1"), env...)}
	w.write("main.tf", config)
	return w
}

func (w *workspace) write(name, content string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *workspace) read(name string) string {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}

// run runs the CLI, and returns what it printed and its exit code. Lines are
// joined as if the terminal were wide, and frames removed.
func (w *workspace) run(args ...string) (output string, code int) {
	w.t.Helper()
	printed, err := w.command(args...).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(strings.FieldsFunc(string(printed), func(r rune) bool {
		return strings.ContainsRune(" \n\t│╷╵", r)
	}), " "), code
}

func (w *workspace) command(args ...string) *exec.Cmd {
	// Read here, and not in TestMain only, so that go test does not take the result
	// with one CLI for that with another.
	cli := os.Getenv("TF_ACC_TERRAFORM_PATH")
	command := exec.CommandContext(w.t.Context(), cli, slices.Insert(slices.Clone(args), 1, "-no-color")...)
	command.Dir = w.dir
	command.Env = w.env
	return command
}

// must runs the CLI and wants that exit code.
func (w *workspace) must(code int, args ...string) string {
	w.t.Helper()
	output, got := w.run(args...)
	if got != code {
		w.t.Fatalf("%s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, output)
	}
	return output
}

// contains fails unless output has each of the texts, and returns output.
func contains(t *testing.T, output string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(output, text) {
			t.Errorf("output does not contain %q:\n%s", text, output)
		}
	}
}
