package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-version"

	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// indent sets off what is quoted: files and the output of commands.
const indent = "    "

// cli is a Terraform or OpenTofu and the directory that it works in.
type cli struct {
	path    string
	dir     string
	env     []string
	version *version.Version // known once the provider is installed
}

// name is what its user types.
func (c *cli) name() string {
	return strings.TrimSuffix(filepath.Base(c.path), ".exe")
}

func (c *cli) product() string {
	if strings.Contains(c.name(), "tofu") {
		return "OpenTofu"
	}
	return "Terraform"
}

// searchPath is PATH with the CLI on it.
func (c *cli) searchPath() string {
	return filepath.Dir(c.path) + string(os.PathListSeparator) + os.Getenv("PATH")
}

// exec runs the CLI to its end, which has to come with that exit code. When ctx
// is done it is interrupted, as by Ctrl-C, so that it stops its providers.
func (c *cli) exec(ctx context.Context, stdout, stderr io.Writer, code int, args ...string) error {
	command := exec.CommandContext(ctx, c.path, args...) //nolint:gosec // The user names the program to run.
	command.Dir = c.dir
	command.Env = c.env
	command.Stdout, command.Stderr = stdout, stderr
	got, err := localcli.Run(ctx, command)
	if err != nil {
		return err
	}
	if got != code {
		return fmt.Errorf("expected exit code %d of %s, found: %d", code, c.line(args), got)
	}
	return nil
}

// line is the command line as a user would type it.
func (c *cli) line(args []string) string {
	return c.name() + " " + strings.Join(args, " ")
}

// terraform runs the CLI, shows the command and what it prints, and returns
// what it printed. No token may be in there.
func (d *demo) terraform(ctx context.Context, code int, args ...string) (string, error) {
	d.say("\n$ %s\n", d.cli.line(args))
	output := &quote{demo: d}
	there := d.instance.Authorizations()
	if err := d.cli.exec(ctx, output, output, code, args...); err != nil {
		return "", err
	}
	for _, a := range append(there, d.instance.Authorizations()...) {
		if a.Token != "" && strings.Contains(output.String(), a.Token) {
			return "", fmt.Errorf("expected that %s hides tokens, found: the one of authorization %d", d.cli.line(args), a.ID)
		}
	}
	return output.String(), nil
}

// secretly runs the CLI, shows the command, and returns what it printed.
func (d *demo) secretly(ctx context.Context, args ...string) (string, error) {
	d.say("\n$ %s\n", d.cli.line(args))
	var output bytes.Buffer
	err := d.cli.exec(ctx, &output, &quote{demo: d}, 0, args...)
	return output.String(), err
}

// tokensInState returns the token of every authorization in the state, "" where
// there is none.
func (d *demo) tokensInState(ctx context.Context) (map[string]string, error) {
	output, err := d.secretly(ctx, "show", "-json")
	if err != nil {
		return nil, err
	}
	d.say("%s(not shown: tokens are in clear there)\n", indent)
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Address string
					Values  struct{ Token string }
				}
			} `json:"root_module"`
		}
	}
	if err := json.Unmarshal([]byte(output), &state); err != nil {
		return nil, fmt.Errorf("reading the state: %w", err)
	}
	tokens := map[string]string{}
	for _, r := range state.Values.RootModule.Resources {
		tokens[r.Address] = r.Values.Token
	}
	return tokens, nil
}

// quote prints what is written to it, indented, as it comes, and keeps it.
type quote struct {
	demo   *demo
	output strings.Builder
	within bool // a line
}

func (q *quote) Write(p []byte) (int, error) {
	q.output.Write(p)
	var shown strings.Builder
	for line := range strings.Lines(string(p)) {
		if !q.within && line != "\n" {
			shown.WriteString(indent)
		}
		shown.WriteString(line)
		q.within = !strings.HasSuffix(line, "\n")
	}
	q.demo.say("%s", shown.String())
	return len(p), nil // an error of stdout waits for the end of the step
}

func (q *quote) String() string { return q.output.String() }

// mask hides all of a token but what the server, too, shows of it.
func mask(token string) string {
	const shown = 8
	if token == "" {
		return "none"
	}
	if len(token) <= shown {
		return strings.Repeat("*", len(token))
	}
	return strings.Repeat("*", len(token)-shown) + token[len(token)-shown:]
}
