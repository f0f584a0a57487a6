package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
)

// configuration is the file of examples/demo that the story starts with.
const configuration = "main.tf"

// newCLI prepares a working directory in temp: a copy of the example, and a
// mirror with the provider as the only place that the CLI installs from.
func newCLI(temp, path, provider string, server *instance) (*cli, error) {
	path, err := localcli.Find(path)
	if err != nil {
		return nil, err
	}
	config, err := localcli.Install(temp, provider)
	if err != nil {
		return nil, err
	}
	c := &cli{path: path, dir: filepath.Join(temp, "demo"), env: environment(os.Environ(), config, server)}
	return c, c.copyExample()
}

// environment is the user's, with the simulator in place of a server of theirs
// and no setting that would change what the CLI does or prints.
func environment(users []string, config string, server *instance) []string {
	env := slices.DeleteFunc(slices.Clone(users), func(variable string) bool {
		return strings.HasPrefix(variable, "GHES_") || strings.HasPrefix(variable, "TF_")
	})
	return append(env,
		"GHES_BASE_URL="+server.url,
		"GHES_USERNAME="+server.user,
		"GHES_PASSWORD="+server.password,
		"CHECKPOINT_DISABLE=1", // it would ask for newer releases
		"TF_CLI_ARGS=-no-color",
		"TF_CLI_CONFIG_FILE="+config,
		"TF_IN_AUTOMATION=1", // no hints on what to run next
		"TF_INPUT=0",
		"TF_VAR_client_id="+server.app.ClientID,
		"TF_VAR_client_secret="+server.app.ClientSecret,
	)
}

func (c *cli) copyExample() error {
	example, err := findExample()
	if err != nil {
		return err
	}
	content, err := fs.ReadFile(os.DirFS(example), configuration)
	if err != nil {
		return err
	}
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		return err
	}
	return c.write(configuration, string(content))
}

// findExample finds examples/demo from wherever in the repository this runs.
func findExample() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		example := filepath.Join(dir, "examples", "demo")
		if _, err := os.Stat(filepath.Join(example, configuration)); err == nil {
			return example, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("examples/demo is not here nor above: run this in the provider's repository")
		}
		dir = filepath.Dir(dir)
	}
}

func (c *cli) write(name, content string) error {
	return os.WriteFile(filepath.Join(c.dir, name), []byte(content), 0o600)
}

func (c *cli) remove(name string) error {
	return os.Remove(filepath.Join(c.dir, name))
}

// writeFile writes a file of the configuration and shows it.
func (d *demo) writeFile(name, content string) error {
	if err := d.cli.write(name, content); err != nil {
		return err
	}
	return d.showFile(name)
}

func (d *demo) showFile(name string) error {
	content, err := fs.ReadFile(os.DirFS(d.cli.dir), name)
	if err != nil {
		return err
	}
	d.say("\n%s:\n", name)
	_, err = (&quote{demo: d}).Write(content)
	return err
}

// importBlock imports what someone made elsewhere.
func importBlock(id int64, provider string) string {
	return fmt.Sprintf("import {\n  to       = %s\n  id       = \"%d\"\n%s}\n", adopted, id, provider)
}
