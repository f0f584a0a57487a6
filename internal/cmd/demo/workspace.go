package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

const (
	// providerVersion is what the mirror says that the provider is.
	providerVersion = "0.0.1"
	// configuration is the file of examples/demo that the story starts with.
	configuration = "main.tf"
)

// newCLI prepares a working directory in temp: a copy of the example, and a
// mirror with the provider as the only place that the CLI installs from.
func newCLI(temp, path, provider string, server *instance) (*cli, error) {
	path, err := executable(path)
	if err != nil {
		return nil, err
	}
	mirror := filepath.Join(temp, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		name := "terraform-provider-ghes_v" + providerVersion
		if runtime.GOOS == "windows" {
			name += ".exe"
		}
		platform := runtime.GOOS + "_" + runtime.GOARCH
		if err := install(provider, filepath.Join(mirror, host, "ghes-tools", "ghes", providerVersion, platform), name); err != nil {
			return nil, err
		}
	}
	config := filepath.Join(temp, "cli.tfrc")
	content := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror))
	if err := os.WriteFile(config, []byte(content), 0o600); err != nil {
		return nil, err
	}
	c := &cli{path: path, dir: filepath.Join(temp, "demo"), env: environment(os.Environ(), config, server)}
	return c, c.copyExample()
}

// executable finds a program as a shell would, and returns its absolute path.
func executable(path string) (string, error) {
	path, err := exec.LookPath(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// install copies the provider.
func install(provider, dir, name string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	from, err := os.Open(provider) //nolint:gosec // The user names the file.
	if err != nil {
		return err
	}
	defer from.Close()
	//nolint:gosec // A program has to be executable.
	to, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
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
