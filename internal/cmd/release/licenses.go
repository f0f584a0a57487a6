package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// writeLicenses writes what has to come with the binaries of all platforms.
func writeLicenses(ctx context.Context, path string) error {
	text, err := allLicenses(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil { //nolint:gosec // The user names the file.
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600) //nolint:gosec // The user names the file.
}

func allLicenses(ctx context.Context) (string, error) {
	modules, err := linked(ctx, platforms...)
	if err != nil {
		return "", err
	}
	return licenses(modules), nil
}

// licenses lists the modules, and then each text once, with the modules that it
// is of.
func licenses(modules []*module) string {
	var w strings.Builder
	fmt.Fprintf(&w, "%s is under the Mozilla Public License 2.0, see %s.\n", project, ownLicense)
	fmt.Fprintln(&w, "Its binaries contain the modules below. The source of each, at that version, is at the address that follows it.")
	var texts []string
	of := map[string][]string{}
	for _, m := range modules {
		fmt.Fprintf(&w, "\n%s %s\n  %s\n  %s\n", m.path, m.version, strings.Join(m.kinds, ", "), m.source())
		for _, text := range m.texts {
			if !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
			of[text] = append(of[text], m.path)
		}
	}
	for _, text := range texts {
		fmt.Fprintf(&w, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(slices.Compact(of[text]), "\n"), text)
	}
	return w.String()
}
