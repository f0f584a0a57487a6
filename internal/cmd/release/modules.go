package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	gomodule "golang.org/x/mod/module"
)

// stdlib is how module lists call what comes with Go.
const stdlib = "std"

// module is one that binaries are linked with.
type module struct {
	path, version string
	kinds         []string // SPDX identifiers
	texts         []string // of licences, notices and patent grants
}

// linked returns the modules that the provider is linked with on any of the
// platforms, Go's own among them, in order of their paths.
func linked(ctx context.Context, platforms ...string) ([]*module, error) {
	found := moduleSet{byPath: map[string]*module{}, read: map[string]bool{}}
	for _, platform := range platforms {
		packages, err := dependencies(ctx, platform)
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			if err := found.add(p); err != nil {
				return nil, err
			}
		}
	}
	std, err := goItself(ctx)
	if err != nil {
		return nil, err
	}
	found.byPath[stdlib] = std
	modules := slices.SortedFunc(maps.Values(found.byPath), func(a, b *module) int { return strings.Compare(a.path, b.path) })
	for _, m := range modules {
		if len(m.kinds) == 0 {
			return nil, fmt.Errorf("%s %s has no licence", m.path, m.version)
		}
	}
	return modules, nil
}

// moduleSet collects modules and their licences.
type moduleSet struct {
	byPath map[string]*module
	read   map[string]bool // directories that were searched for licences
}

// add adds the module of a package, with the licences in the package's directory
// and in the module's directories above it. A directory may hold code of others
// under its own licence. The standard library and the provider itself are left out.
func (s moduleSet) add(p linkedPackage) error {
	if p.Module == nil || p.Module.Main {
		return nil
	}
	m := s.byPath[p.Module.Path]
	if m == nil {
		m = &module{path: p.Module.Path, version: p.Module.Version}
		s.byPath[m.path] = m
	}
	for dir := p.Dir; strings.HasPrefix(dir, p.Module.Dir) && !s.read[dir]; dir = filepath.Dir(dir) {
		s.read[dir] = true
		if err := m.readLicenses(dir); err != nil {
			return err
		}
	}
	return nil
}

// linkedPackage is what go list says of a package.
type linkedPackage struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
	}
}

func dependencies(ctx context.Context, platform string) ([]linkedPackage, error) {
	goos, goarch, _ := strings.Cut(platform, "_")
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Dir,Module", providerPath)
	list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", describe(err))
	}
	var packages []linkedPackage
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p linkedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

func goItself(ctx context.Context) (*module, error) {
	output, err := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", describe(err))
	}
	version, root, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
	m := &module{path: stdlib, version: strings.TrimPrefix(version, "go")}
	return m, m.readLicenses(root)
}

// describe adds what a program said before it failed.
func describe(err error) error {
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("%w\n%s", err, failed.Stderr)
	}
	return err
}

var (
	licenseFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)`)
	noticeFile  = regexp.MustCompile(`(?i)^(notice|patents|copyright)`)
)

func (m *module) readLicenses(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		license := licenseFile.MatchString(name)
		if !license && !noticeFile.MatchString(name) || entry.IsDir() || filepath.Ext(name) == ".go" {
			continue
		}
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path) //nolint:gosec // A file of a module.
		if err != nil {
			return err
		}
		if license {
			kinds := kindsOf(string(text))
			if len(kinds) == 0 {
				return fmt.Errorf("%s: binaries may not be shipped under this licence, or it is not known here", path)
			}
			m.kinds = append(m.kinds, kinds...)
		}
		m.texts = append(m.texts, strings.TrimSpace(string(text)))
	}
	slices.Sort(m.kinds)
	m.kinds = slices.Compact(m.kinds)
	return nil
}

// known are the licences that the binaries may be shipped with, by words of
// theirs. Those of the BSD license with two clauses are in that with three.
var known = []struct {
	spdx  string
	words *regexp.Regexp
}{
	{"Apache-2.0", regexp.MustCompile(`(?i)apache license,? version 2\.0`)},
	{"BSD-2-Clause", regexp.MustCompile(`(?i)redistribution and use in source and binary forms`)},
	{"BSD-3-Clause", regexp.MustCompile(`(?i)redistribution and use in source and binary forms.* neither the names?`)},
	{"ISC", regexp.MustCompile(`(?i)permission to use, copy, modify, and(/or)? distribute this software`)},
	{"MIT", regexp.MustCompile(`(?i)permission is hereby granted, free of charge`)},
	{"MPL-2.0", regexp.MustCompile(`(?i)mozilla public license,? version 2\.0`)},
}

// kindsOf returns the SPDX identifiers of the licences in a text, and none if
// there is one that is not known.
func kindsOf(text string) []string {
	text = strings.Join(strings.Fields(text), " ")
	// In capitals it is a title. The MPL mentions these licences, too.
	if strings.Contains(text, "GENERAL PUBLIC LICENSE") {
		return nil
	}
	var kinds []string
	for _, k := range known {
		if k.words.MatchString(text) {
			kinds = append(kinds, k.spdx)
		}
	}
	if slices.Contains(kinds, "BSD-3-Clause") {
		kinds = slices.DeleteFunc(kinds, func(k string) bool { return k == "BSD-2-Clause" })
	}
	return kinds
}

// source returns the address that the module's source has by its path.
func (m *module) source() string {
	if m.path == stdlib {
		return "https://go.dev"
	}
	path, _, _ := gomodule.SplitPathVersion(m.path)
	if parts := strings.SplitN(path, "/", 4); parts[0] == "github.com" && len(parts) == 4 {
		path = strings.Join(parts[:3], "/") // the repository, of which the module is a directory
	}
	return "https://" + path
}
