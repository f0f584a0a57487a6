package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/go-version"

	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// indent sets off what is quoted: files and the output of commands.
const indent = "    "

// cli is a Terraform or OpenTofu and the directory that it works in.
type cli struct {
	*localcli.Workspace
	version *version.Version // known once the provider is installed
}

func (c *cli) product() string {
	if strings.Contains(c.Name(), "tofu") {
		return "OpenTofu"
	}
	return "Terraform"
}

// line is the command line as a user would type it.
func (c *cli) line(args []string) string {
	return c.Name() + " " + strings.Join(args, " ")
}

// terraform runs the CLI, shows the command and its output, and returns the output.
// No token may be in there.
func (d *demo) terraform(ctx context.Context, code int, args ...string) string {
	d.say("\n$ %s\n", d.cli.line(args))
	output := &quote{demo: d}
	there := d.instance.Authorizations()
	d.check(d.cli.Run(ctx, output, output, code, args...))
	for _, a := range append(there, d.instance.Authorizations()...) {
		if a.Token != "" && strings.Contains(output.kept.String(), a.Token) {
			d.check(fmt.Errorf("expected that %s hides tokens, found: the one of authorization %d", d.cli.line(args), a.ID))
		}
	}
	return output.kept.String()
}

// secretly runs the CLI, shows the command, and returns its output.
func (d *demo) secretly(ctx context.Context, args ...string) string {
	d.say("\n$ %s\n", d.cli.line(args))
	var output strings.Builder
	d.check(d.cli.Run(ctx, &output, &quote{demo: d}, 0, args...))
	return output.String()
}

// tokensInState returns the token of every authorization in the state, "" for one
// without a token.
func (d *demo) tokensInState(ctx context.Context) map[string]string {
	output := d.secretly(ctx, "show", "-json")
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
	d.check(json.Unmarshal([]byte(output), &state))
	tokens := map[string]string{}
	for _, r := range state.Values.RootModule.Resources {
		tokens[r.Address] = r.Values.Token
	}
	return tokens
}

// quote prints what is written to it, indented, as it comes, and keeps it.
type quote struct {
	demo   *demo
	kept   strings.Builder
	within bool // a line
}

func (q *quote) Write(p []byte) (int, error) {
	q.kept.Write(p)
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
