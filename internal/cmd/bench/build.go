package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

const (
	module = "github.com/ghes-tools/terraform-provider-ghes"
	// releaseFlags are those of released binaries.
	releaseFlags = "-s -w"
)

// providers are the builds that are compared, as paths.
type providers struct{ lists, byNumber string }

func build(ctx context.Context, dir string) (providers, error) {
	p := providers{lists: filepath.Join(dir, "lists"), byNumber: filepath.Join(dir, "by-number")}
	for path, flags := range map[string]string{
		p.lists:    releaseFlags,
		p.byNumber: releaseFlags + " -X main.readsByNumber=1",
	} {
		command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", flags, "-o", path, module) //nolint:gosec // its own path
		if output, err := command.CombinedOutput(); err != nil {
			return p, fmt.Errorf("building the provider: %w\n%s", err, output)
		}
	}
	return p, nil
}

// installSelf copies this program to where the CLI looks for the provider.
func installSelf(dir string) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self) //nolint:gosec // It is this program.
	if err != nil {
		return err
	}
	defer from.Close()
	name := "terraform-provider-ghes"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	//nolint:gosec // A program has to be executable.
	to, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}
