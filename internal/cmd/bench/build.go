package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
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
		p.byNumber: releaseFlags + " -X main.readsByID=1",
	} {
		command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", flags, "-o", path, module) //nolint:gosec // its own path
		if output, err := command.CombinedOutput(); err != nil {
			return p, fmt.Errorf("building the provider: %w\n%s", err, output)
		}
	}
	return p, nil
}
