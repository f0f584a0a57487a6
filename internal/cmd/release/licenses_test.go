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

// All that the binaries are linked with may be shipped with them, and comes with
// its licence and the address of its source.
func TestLicenses(t *testing.T) {
	t.Parallel()
	modules, err := linked(t.Context(), platforms...)
	if err != nil {
		t.Fatal(err)
	}
	text := licenses(modules)
	kinds := map[string]string{}
	for _, m := range modules {
		kinds[m.path] = strings.Join(m.kinds, " ")
		if len(m.kinds) == 0 || len(m.texts) == 0 {
			t.Errorf("%s has no licence", m.path)
		}
		for _, want := range append(slices.Clone(m.texts), "\n"+m.path+" "+m.version+"\n", m.source()) {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the list lacks %.80q", m.path, want)
			}
		}
	}
	for path, want := range map[string]string{
		stdlib:                            "BSD-3-Clause",
		"github.com/ProtonMail/go-crypto": "BSD-3-Clause",
		"github.com/hashicorp/terraform-plugin-framework": "MPL-2.0",
		"github.com/hashicorp/go-hclog":                   "MIT",
	} {
		wantEqual(t, path, kinds[path], want)
	}
}

// The file that is packed has the texts of what is linked on any platform, each
// below the modules that it is of.
func TestWriteLicenses(t *testing.T) {
	// The test may not run in parallel because of it.
	bin, asked := noteGo(t)
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	dir := filepath.Join(t.TempDir(), "new")
	if err := writeLicenses(t.Context(), filepath.Join(dir, licensesName)); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, licensesName))
	if err != nil {
		t.Fatal(err)
	}
	// All may be linked with the same modules, and the file does not tell.
	calls := asked()
	for _, platform := range platforms {
		if !slices.Contains(calls, platform) {
			t.Errorf("go is asked for %q, not for %s", calls, platform)
		}
	}
	list, texts, _ := strings.Cut(string(content), "\n"+strings.Repeat("=", 80)+"\n")
	got := map[string]string{}
	for section := range strings.SplitSeq(texts, "\n"+strings.Repeat("=", 80)+"\n") {
		heading, text, _ := strings.Cut(section, "\n\n")
		got[strings.TrimSpace(text)] = heading
	}

	of := map[string][]string{}
	for _, platform := range platforms {
		modules, err := linked(t.Context(), platform)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range modules {
			if !strings.Contains(list, "\n"+m.path+" "+m.version+"\n") {
				t.Errorf("%s, of %s, is not listed", m.path, platform)
			}
			for _, text := range m.texts {
				of[text] = append(of[text], m.path)
			}
		}
	}
	for text, paths := range of {
		slices.Sort(paths)
		wantEqual(t, fmt.Sprintf("modules of %.40q", text), got[text], strings.Join(slices.Compact(paths), "\n"))
	}
	wantEqual(t, "texts", len(got), len(of))
}

// noteGo makes a directory with a go that notes for which platform each call is,
// before it does what it is asked to.
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

func TestModule_source(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		stdlib:                                  "https://go.dev",
		"github.com/ProtonMail/go-crypto":       "https://github.com/ProtonMail/go-crypto",
		"github.com/google/go-github/v92":       "https://github.com/google/go-github",
		"github.com/vmihailenco/msgpack/x/y/v5": "https://github.com/vmihailenco/msgpack",
		"google.golang.org/grpc":                "https://google.golang.org/grpc",
	} {
		wantEqual(t, path, (&module{path: path}).source(), want)
	}
}

func TestKindsOf(t *testing.T) {
	t.Parallel()
	const bsd = "Redistribution and use in source and binary\nforms, with or without modification, are permitted"
	for text, want := range map[string]string{
		"Apache License\n   Version 2.0, January 2004": "Apache-2.0",
		bsd: "BSD-2-Clause",
		bsd + "\n * Neither the name of Example nor":                                                   "BSD-3-Clause",
		"Permission to use, copy, modify, and distribute this software for":                            "ISC",
		"The MIT License (MIT)\n\nPermission is hereby granted, free of charge":                        "MIT",
		"Mozilla Public License, version 2.0\n1.12. means the GNU General Public License, Version 2.0": "MPL-2.0",
		"Mozilla Public License Version 2.0":                                                           "MPL-2.0",
		"Permission is hereby granted, free of charge ... Apache License, Version 2.0":                 "Apache-2.0 MIT",
		"GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007":                                          "",
		"GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3":                                                 "",
		"GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1":                                               "",
		"Permission is hereby granted, free of charge\n\nGNU GENERAL PUBLIC LICENSE\nVersion 2":        "",
		"Business Source License 1.1\n\nLicensor: Example, Inc.":                                       "",
		"": "",
	} {
		wantEqual(t, text, strings.Join(kindsOf(text), " "), want)
	}
}

func TestModule_readLicenses(t *testing.T) {
	t.Parallel()
	const mit = "Permission is hereby granted, free of charge"
	for name, test := range map[string]struct {
		files map[string]string
		kinds string
		texts int
		want  string
	}{
		"nothing":             {map[string]string{"README.md": mit, "license.go": mit}, "", 0, ""},
		"one":                 {map[string]string{"LICENSE": mit}, "MIT", 1, ""},
		"two, and a notice":   {map[string]string{"LICENSE-APACHE": "Apache License Version 2.0", "licence.txt": mit, "NOTICE": "Example"}, "Apache-2.0 MIT", 3, ""},
		"a patent grant":      {map[string]string{"COPYING": mit, "PATENTS": "Example"}, "MIT", 2, ""},
		"one may not ship":    {map[string]string{"COPYING": "GNU GENERAL PUBLIC LICENSE", "LICENSE": mit}, "", 0, "COPYING: binaries may not be shipped"},
		"one nobody knows of": {map[string]string{"LICENSE": "All rights reserved."}, "", 0, "LICENSE: binaries may not be shipped"},
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
			m := &module{}
			err := m.readLicenses(dir)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, want %s", err, test.want)
				}
				return
			}
			if err != nil || strings.Join(m.kinds, " ") != test.kinds || len(m.texts) != test.texts {
				t.Errorf("%+v, %v", m, err)
			}
		})
	}
}
