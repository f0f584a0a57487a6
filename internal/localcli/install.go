// Package localcli runs Terraform or OpenTofu with a provider that was built here.
package localcli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Version is the version of the provider in the mirror. It matches the constraint of
// the examples.
const Version = "1.0.0"

// Find finds a program as a shell would, and returns its absolute path.
func Find(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// Install copies a program into a mirror below dir, as the provider, and returns
// the path of a CLI configuration with that mirror as the only place to install
// from.
func Install(dir, program string) (config string, err error) {
	mirror := filepath.Join(dir, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		name := "terraform-provider-ghes_v" + Version
		if runtime.GOOS == "windows" {
			name += ".exe"
		}
		platform := runtime.GOOS + "_" + runtime.GOARCH
		if err := install(program, filepath.Join(mirror, host, "ghes-tools", "ghes", Version, platform), name); err != nil {
			return "", err
		}
	}
	config = filepath.Join(dir, "cli.tfrc")
	content := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror))
	return config, os.WriteFile(config, []byte(content), 0o600)
}

func install(program, dir, name string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	from, err := os.Open(program) //nolint:gosec // The user names the file.
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
