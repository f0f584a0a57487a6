package main

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func TestNewSBOM(t *testing.T) {
	t.Parallel()
	modules := []*module{
		{path: "example.com/one", version: "v1.0.0", kinds: []string{"MIT"}},
		{path: stdlib, version: "1.2.3", kinds: []string{"BSD-3-Clause"}},
	}
	one := &debug.Module{Path: "example.com/one", Version: "v1.0.0"}
	for name, test := range map[string]struct {
		deps []*debug.Module
		want string
	}{
		"the same":      {[]*debug.Module{one}, ""},
		"more":          {[]*debug.Module{one, {Path: "example.com/two", Version: "v2.0.0"}}, "example.com/two is in the binary, and not"},
		"less":          {nil, `example.com/one is "" in the binary, and v1.0.0 here`},
		"other version": {[]*debug.Module{{Path: "example.com/one", Version: "v1.0.1"}}, `example.com/one is "v1.0.1" in the binary, and v1.0.0 here`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			info := &debug.BuildInfo{GoVersion: "go1.2.3", Deps: test.deps, Settings: []debug.BuildSetting{{Key: "GOOS", Value: "plan9"}}}
			bom, err := newSBOM("1.0.0", []byte("binary"), info, modules)
			if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) {
				t.Fatalf("%v, want %s", err, test.want)
			}
			if err != nil {
				return
			}
			var text bytes.Buffer
			if err := cdx.NewBOMEncoder(&text, cdx.BOMFileFormatJSON).EncodeVersion(bom, cdx.SpecVersion1_6); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{
				`"specVersion":"1.6"`,
				`"purl":"pkg:golang/github.com/ghes-tools/terraform-provider-ghes@v1.0.0"`,
				`"content":"9a3a45d01531a20e89ac6ae10b0b0beb0492acd7216a368aa062d1a5fecaf9cd"`,
				`{"name":"GOOS","value":"plan9"}`,
				`"name":"example.com/one","version":"v1.0.0","licenses":[{"license":{"id":"MIT"}}],"purl":"pkg:golang/example.com/one@v1.0.0"`,
				`"purl":"pkg:golang/std@1.2.3"`,
			} {
				if !strings.Contains(text.String(), want) {
					t.Errorf("%s lacks %s", &text, want)
				}
			}
		})
	}
}
