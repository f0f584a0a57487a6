package provider

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// workspace is a directory with a configuration and the real CLI, for tests of the
// output that a user sees: warnings, errors and exit codes.
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
	w := newWorkspaceWith(t, config)
	w.serve("ghes-tools/ghes", NewServer("test", append(options, withBackoff(time.Millisecond))...))
	return w
}

// newWorkspaceWith creates a workspace whose CLI finds providers by the variables in
// env.
func newWorkspaceWith(t *testing.T, config string, env ...string) *workspace {
	t.Helper()
	w := &workspace{t: t, dir: t.TempDir(), env: append(append(os.Environ(), "TF_IN_AUTOMATION=1"), env...), served: map[string]any{}}
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
	w.env = append(w.env, "TF_REATTACH_PROVIDERS="+string(providers))
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

// state returns the state file, indented. OpenTofu 1.11 writes it without spaces.
func (w *workspace) state() string {
	w.t.Helper()
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(w.read("terraform.tfstate")), "", "  "); err != nil {
		w.t.Fatal(err)
	}
	return indented.String()
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

// shell runs a script in dir, with the CLI in the place of terraform.
func (w *workspace) shell(dir, script string) {
	w.t.Helper()
	shell := exec.CommandContext(w.t.Context(), "sh", "-euc", `terraform() { "$TF_ACC_TERRAFORM_PATH" "$@"; }`+"\n"+script)
	shell.Dir, shell.Env = dir, w.env
	output, err := shell.CombinedOutput()
	w.printed.Write(output)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, output)
	}
}

// files returns the content of the files of the workspace, by path. The path of a file
// in a plan is the plan's, a colon and the name within.
func (w *workspace) files() map[string]string {
	w.t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		archive, notZip := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil || notZip != nil {
			texts[path] = string(content)
			return err
		}
		for _, file := range archive.File {
			part, err := fs.ReadFile(archive, file.Name)
			if err != nil {
				return err
			}
			texts[path+":"+file.Name] = string(part)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return texts
}

// find returns where a secret is: in which files, and whether in the output.
func (w *workspace) find(secret string) []string {
	w.t.Helper()
	texts := w.files()
	texts["output"] = w.printed.String()
	var found []string
	for name, text := range texts {
		if slices.ContainsFunc(echoes(secret), func(form string) bool { return strings.Contains(text, form) }) {
			found = append(found, name)
		}
	}
	return found
}

// echoes returns the forms in which a secret may occur: unchanged, escaped, and in
// base64, also amid other text in base64.
func echoes(secret string) []string {
	var htmlSafe, plain bytes.Buffer
	for buffer, escape := range map[*bytes.Buffer]bool{&htmlSafe: true, &plain: false} {
		encoder := json.NewEncoder(buffer)
		encoder.SetEscapeHTML(escape)
		_ = encoder.Encode(secret) // strings can be encoded
	}
	inner := func(quoted string) string { return strings.Trim(strings.TrimSpace(quoted), `"`) }
	forms := []string{
		secret, inner(htmlSafe.String()), inner(plain.String()), inner(strconv.QuoteToASCII(secret)),
		url.QueryEscape(secret), url.PathEscape(secret),
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 { // how many bytes of the other text share a group with the first of the secret's
			encoded := encoding.EncodeToString([]byte(strings.Repeat("-", before) + secret))
			encoded = encoded[(before*8+5)/6:]
			if (before+len(secret))%3 != 0 {
				encoded = encoded[:len(encoded)-1]
			}
			forms = append(forms, encoded)
		}
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
