package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/hashicorp/go-version"

	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// indent sets off what is quoted: files and the output of commands.
const indent = "    "

// matters are the lines of files and of output that the summary shows.
var matters = regexp.MustCompile(strings.Join([]string{
	`^(Apply|Destroy) complete!`, `^Warning: (The token|Authorization)`,
	`^ +~ note += .*"$`, `^ +- "delete_repo"`,
	`^  (id|fingerprint|encrypt_token|encrypted_token) += `, `^ +environment +=`,
}, "|"))

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

// terraform runs the CLI, shows the command and its output, and returns the output.
// No token may be in there.
func (d *demo) terraform(ctx context.Context, code int, args ...string) string {
	line := d.cli.Name() + " " + strings.Join(args, " ")
	d.detail("\n")
	d.say("$ %s\n", line)
	output := &quote{demo: d}
	there := d.instance.Authorizations()
	err := d.cli.Run(ctx, output, output, code, args...)
	for _, a := range append(there, d.instance.Authorizations()...) {
		if a.Token != "" && strings.Contains(output.kept.String(), a.Token) {
			d.check(fmt.Errorf("expected that %s hides tokens, found: the one of authorization %d", line, a.ID))
		}
	}
	if err != nil && !d.verbose {
		d.say("%s", output.kept.String())
	}
	d.check(err)
	return output.kept.String()
}

// secretly runs the CLI and returns its output, which nothing shows.
func (d *demo) secretly(ctx context.Context, args ...string) string {
	d.detail("\n$ %s %s\n%s(not shown)\n", d.cli.Name(), strings.Join(args, " "), indent)
	var output strings.Builder
	d.check(d.cli.Run(ctx, &output, &quote{demo: d}, 0, args...))
	return output.String()
}

// read reads a file that the CLI, or a command that the CLI has run, wrote.
func (d *demo) read(name string) string {
	content, err := fs.ReadFile(os.DirFS(d.cli.Dir), name)
	d.check(err)
	return string(content)
}

// inState reports whether the state has a text. The state is one JSON file.
func (d *demo) inState(text string) bool { return strings.Contains(d.read("terraform.tfstate"), text) }

// quote prints the lines that are written to it, indented, and keeps them.
type quote struct {
	demo *demo
	kept strings.Builder
	rest string // of a line that has not ended
}

func (q *quote) Write(p []byte) (int, error) {
	q.kept.Write(p)
	lines := strings.Split(q.rest+string(p), "\n")
	q.rest = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		if q.demo.verbose || matters.MatchString(line) {
			q.demo.say("%s\n", strings.TrimRight(indent+line, " "))
		}
	}
	return len(p), nil // an error of stdout waits for the end of the step
}
