package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The file has the licences of the modules on each platform.
func TestWriteLicenses(t *testing.T) {
	// PATH is why this test does not run in parallel.
	bin, asked := noteGo(t)
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	path := filepath.Join(t.TempDir(), "new", licensesName)
	if err := writeLicenses(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The file does not show the platforms: all may have the same modules.
	calls := asked()
	for _, platform := range platforms {
		if !slices.Contains(calls, platform) {
			t.Errorf("go is asked for %q, not for %s", calls, platform)
		}
	}
	sections := map[string]string{}
	for section := range strings.SplitSeq(string(content), "\n"+strings.Repeat("=", 80)+"\n") {
		heading, texts, _ := strings.Cut(section, "\n\n")
		module, _, _ := strings.Cut(heading, " ")
		sections[module] = texts
	}
	for module, words := range map[string]string{
		"std": "The Go Authors", "github.com/ProtonMail/go-crypto": "The Go Authors",
		"github.com/hashicorp/terraform-plugin-framework": "Mozilla Public License, version 2.0",
		"github.com/hashicorp/go-hclog":                   "Permission is hereby granted, free of charge",
		"golang.org/x/crypto":                             "Additional IP Rights Grant",
	} {
		if !strings.Contains(sections[module], words) {
			t.Errorf("%s has no text with %q", module, words)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	got, err := format(map[string][]string{"b v1": {"MIT", "NOTICE"}, "a v1": {"BSD"}})
	rule := strings.Repeat("=", 80)
	if want := "\n\n" + rule + "\na v1\n\nBSD\n\n" + rule + "\nb v1\n\nMIT\n\nNOTICE\n"; err != nil || !strings.HasSuffix(got, want) {
		t.Errorf("%s, %v\nwant\n%s", got, err, want)
	}
	if _, err := format(map[string][]string{"a v1": nil}); err == nil || err.Error() != "a v1 has no licence" {
		t.Errorf("without a licence: %v", err)
	}
}

// noteGo creates a directory with a go that notes the platform of each call and then
// calls the real one.
func noteGo(t *testing.T) (dir string, platforms func() []string) {
	t.Helper()
	program, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	notes := filepath.Join(dir, "notes")
	script := fmt.Sprintf("#!/bin/sh\necho \"${GOOS}_$GOARCH\" >> '%s'\nexec '%s' \"$@\"\n", notes, program)
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir, func() []string {
		content, err := os.ReadFile(notes)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(content))
	}
}

func TestMayBeShipped(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"Apache License\n   Version 2.0, January 2004":                                                    true,
		"Redistribution and use in source and binary\nforms, with or without modification, are permitted": true,
		"Permission to use, copy, modify, and distribute this software for":                               true,
		"The MIT License (MIT)\n\nPermission is hereby granted, free of charge":                           true,
		"Mozilla Public License, version 2.0\n1.12. means the GNU General Public License, Version 2.0":    true,
		"Mozilla Public License Version 2.0":                                                              true,
		"Permission is hereby granted, free of charge ... Apache License, Version 2.0":                    true,
		"GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007":                                             false,
		"GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3":                                                    false,
		"GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1":                                                  false,
		"Permission is hereby granted, free of charge\n\nGNU GENERAL PUBLIC LICENSE\nVersion 2":           false,
		"Business Source License 1.1\n\nLicensor: Example, Inc.":                                          false,
		"": false,
	} {
		wantEqual(t, text, mayBeShipped(text), want)
	}
}

func TestReadLicenses(t *testing.T) {
	t.Parallel()
	const mit = "Permission is hereby granted, free of charge"
	for name, test := range map[string]struct {
		files map[string]string
		texts int
		want  string
	}{
		"nothing":             {map[string]string{"README.md": mit, "license.go": mit}, 0, ""},
		"one":                 {map[string]string{"LICENSE": mit}, 1, ""},
		"two, and a notice":   {map[string]string{"LICENSE-APACHE": "Apache License Version 2.0", "licence.txt": mit, "NOTICE": "Example"}, 3, ""},
		"a patent grant":      {map[string]string{"COPYING": mit, "PATENTS": "Example"}, 2, ""},
		"one may not ship":    {map[string]string{"COPYING": "GNU GENERAL PUBLIC LICENSE", "LICENSE": mit}, 0, "COPYING: this licence is unknown"},
		"one nobody knows of": {map[string]string{"LICENSE": "All rights reserved."}, 0, "LICENSE: this licence is unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "licenses"), 0o700); err != nil {
				t.Fatal(err)
			}
			for file, text := range test.files {
				write(t, dir, file, text)
			}
			texts, err := readLicenses(dir)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, want %s", err, test.want)
				}
				return
			}
			if err != nil || len(texts) != test.texts {
				t.Errorf("%q, %v", texts, err)
			}
		})
	}
}
