package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// writeLicenses writes what has to come with the binaries of all platforms.
func writeLicenses(ctx context.Context, path string) error {
	text, err := licenses(ctx, platforms)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil { //nolint:gosec // The user names the file.
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600) //nolint:gosec // The user names the file.
}

// licenses returns the modules in the binaries of the platforms with their licences
// and notices.
func licenses(ctx context.Context, platforms []string) (string, error) {
	texts := map[string][]string{} // by module
	seen := map[string]bool{}
	for _, platform := range platforms {
		packages, err := linkedPackages(ctx, platform)
		if err != nil {
			return "", err
		}
		for _, p := range packages {
			// A directory in a module can hold code of others with its own licence.
			for dir := p.dir; strings.HasPrefix(dir, p.moduleDir) && !seen[dir]; dir = filepath.Dir(dir) {
				seen[dir] = true
				more, err := readLicenses(dir)
				if err != nil {
					return "", err
				}
				texts[p.module] = append(texts[p.module], more...)
			}
		}
	}
	return format(texts)
}

func format(texts map[string][]string) (string, error) {
	var w strings.Builder
	fmt.Fprintf(&w, "%s is under the Mozilla Public License 2.0, see %s.\n", project, ownLicense)
	fmt.Fprintln(&w, `Its binaries contain the modules below. "go mod download -json MODULE@VERSION" downloads the source of a module.`)
	for _, module := range slices.Sorted(maps.Keys(texts)) {
		if len(texts[module]) == 0 {
			return "", fmt.Errorf("%s has no licence", module)
		}
		fmt.Fprintf(&w, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), module, strings.Join(texts[module], "\n\n"))
	}
	return w.String(), nil
}

// linkedPackage is a package in a binary.
type linkedPackage struct{ module, moduleDir, dir string }

// linkedPackages returns the packages in the binary of a platform without those of
// the provider. Go's own packages are those of a module "std".
func linkedPackages(ctx context.Context, platform string) ([]linkedPackage, error) {
	const fields = `{{if .Standard}}std	{{context.GOROOT}}	{{context.GOROOT}}{{else if not .Module.Main}}{{.Module.Path}} {{.Module.Version}}	{{.Module.Dir}}	{{.Dir}}{{end}}`
	goos, goarch, _ := strings.Cut(platform, "_")
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-f", fields, providerPath)
	list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var packages []linkedPackage
	for line := range strings.Lines(string(output)) {
		field := strings.Split(strings.TrimSpace(line), "\t")
		if field[0] == "std" {
			field[0] += " " + runtime.Version()
		}
		packages = append(packages, linkedPackage{field[0], field[1], field[2]})
	}
	return packages, nil
}

var (
	licenseFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)`)
	noticeFile  = regexp.MustCompile(`(?i)^(notice|patents|copyright)`)
	// allowed matches words of the licences that allow to ship a binary: Apache 2.0,
	// BSD, ISC, MIT and MPL 2.0.
	allowed = regexp.MustCompile(`(?i)apache license,? version 2\.0|redistribution and use in source and binary forms|` +
		`permission to use, copy, modify, and(/or)? distribute this software|permission is hereby granted, free of charge|mozilla public license,? version 2\.0`)
)

// readLicenses returns the licences and notices in a directory.
func readLicenses(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, entry := range entries {
		name := entry.Name()
		license := licenseFile.MatchString(name)
		if !license && !noticeFile.MatchString(name) || entry.IsDir() || filepath.Ext(name) == ".go" {
			continue
		}
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path) //nolint:gosec // A file of a module.
		if err != nil {
			return nil, err
		}
		if license && !mayBeShipped(string(text)) {
			return nil, fmt.Errorf("%s: this licence is unknown, or does not allow to ship binaries", path)
		}
		texts = append(texts, strings.TrimSpace(string(text)))
	}
	return texts, nil
}

// mayBeShipped reports whether a licence is one of the allowed ones. The MPL mentions
// the GNU licences as well, but only a title is in capitals.
func mayBeShipped(license string) bool {
	license = strings.Join(strings.Fields(license), " ")
	return allowed.MatchString(license) && !strings.Contains(license, "GENERAL PUBLIC LICENSE")
}
