package provider

import (
	"archive/zip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// workspace is a directory with a configuration and the real CLI in it, for
// what has to be seen as a user sees it: warnings, errors, exit codes.
type workspace struct {
	t      *testing.T
	dir    string
	env    []string
	served map[string]any // addresses of providers, by source

	printed strings.Builder // all that the CLI has printed
}

// newWorkspace serves the provider to CLIs that run in a new directory.
func newWorkspace(t *testing.T, config string, options ...Option) *workspace {
	t.Helper()
	w := &workspace{t: t, dir: t.TempDir(), served: map[string]any{}}
	w.serve("ghes-tools/ghes", providerserver.NewProtocol6(New("test", options...)()))
	w.write("main.tf", config)
	return w
}

// serve makes a provider available to the CLI.
func (w *workspace) serve(source string, server func() tfprotov6.ProviderServer) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w.t.Cleanup(cancel)
	reattach, closed := make(chan *plugin.ReattachConfig, 1), make(chan struct{})
	go func() {
		err := tf6server.Serve("registry.terraform.io/"+source, server,
			tf6server.WithDebug(ctx, reattach, closed), tf6server.WithLoggingSink(w.t),
			tf6server.WithGoPluginLogger(hclog.NewNullLogger()))
		if err != nil {
			w.t.Errorf("serving %s: %v", source, err)
		}
	}()
	at := <-reattach
	address := map[string]any{
		"Protocol": at.Protocol, "ProtocolVersion": 6, "Pid": at.Pid, "Test": true,
		"Addr": map[string]string{"Network": at.Addr.Network(), "String": at.Addr.String()},
	}
	w.served["registry.terraform.io/"+source] = address
	w.served["registry.opentofu.org/"+source] = address
	providers, err := json.Marshal(w.served)
	if err != nil {
		w.t.Fatal(err)
	}
	w.env = append(os.Environ(), "TF_REATTACH_PROVIDERS="+string(providers), "TF_IN_AUTOMATION=1")
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
	w.printed.Write(printed)
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

// find returns where a secret is, in clear or in base64: in which files of the
// workspace, plan files unpacked, and in what the CLI has printed.
func (w *workspace) find(secret string) []string {
	w.t.Helper()
	texts := map[string]string{"output": w.printed.String()}
	err := filepath.WalkDir(w.dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		texts[name] = string(content)
		if archive, notZip := zip.OpenReader(name); notZip == nil {
			defer archive.Close()
			for _, file := range archive.File {
				part, err := fs.ReadFile(archive, file.Name)
				if err != nil {
					return err
				}
				texts[name+"/"+file.Name] = string(part)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	var found []string
	for name, text := range texts {
		for _, form := range inClearOrBase64(secret) {
			if strings.Contains(text, form) {
				found = append(found, name)
				break
			}
		}
	}
	return found
}

// inClearOrBase64 returns how a secret looks within other text: as it is, and
// as it comes out when the text is encoded, wherever in the text it begins.
func inClearOrBase64(secret string) []string {
	forms := []string{secret}
	for offset := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + secret))
		forms = append(forms, encoded[(offset*8+5)/6:len(encoded)-1])
	}
	return forms
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
