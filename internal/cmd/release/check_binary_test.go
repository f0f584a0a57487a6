package main

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// sbomOf lists a binary's parts as writeSBOM does.
func sbomOf(version, platform, binary string) string {
	goos, goarch, _ := strings.Cut(platform, "_")
	return fmt.Sprintf(`{"bomFormat": "CycloneDX", "specVersion": "1.6",
		"metadata": {"component": {"type": "application", "name": %q, "version": "v%s",
			"hashes": [{"alg": "SHA-256", "content": "%x"}],
			"properties": [{"name": "GOOS", "value": %q}, {"name": "GOARCH", "value": %q}]}},
		"components": [{"type": "library", "name": "std"}]}`,
		providerPath, version, sha256.Sum256([]byte(binary)), goos, goarch)
}

func TestCheckSBOM(t *testing.T) {
	t.Parallel()
	const version, platform, binary = "1.2.3", "linux_amd64", "binary"
	right := sbomOf(version, platform, binary)
	for name, test := range map[string]struct{ text, want string }{
		"as it should be":    {right, ""},
		"no JSON":            {"SPDXVersion: SPDX-2.3", "invalid character"},
		"another format":     {strings.Replace(right, "CycloneDX", "SPDX", 1), "it is SPDX 1.6"},
		"an old format":      {strings.Replace(right, "1.6", "1.5", 1), "it is CycloneDX 1.5"},
		"nothing":            {`{}`, "lists 0 modules"},
		"no modules":         {strings.Replace(right, `{"type": "library", "name": "std"}`, "", 1), "lists 0 modules"},
		"no provider":        {`{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{}]}`, "it is of {Name: Version:"},
		"another provider":   {strings.Replace(right, providerPath, "example.com/it", 1), "it is of {Name:example.com/it"},
		"another version":    {sbomOf("1.2.2", platform, binary), "Version:v1.2.2"},
		"another binary":     {sbomOf(version, platform, "another"), "Content:ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5"},
		"another sum":        {strings.Replace(right, "SHA-256", "SHA-1", 1), "Alg:SHA-1"},
		"for another system": {sbomOf(version, "darwin_amd64", binary), "Value:darwin"},
		"for another chip":   {sbomOf(version, "linux_arm64", binary), "Value:arm64"},
		"for nobody knows":   {strings.Replace(right, `"name": "GOOS"`, `"name": "OS"`, 1), "Name:OS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "it", test.text)
			err := checkSBOM(filepath.Join(dir, "it"), version, platform, []byte(binary))
			if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func TestCheckBuild(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ platform, key, value, want string }{
		"as it should be":       {"linux_arm", "GOARM", "6", ""},
		"with C":                {"linux_arm", "CGO_ENABLED", "1", `CGO_ENABLED is "1"`},
		"with paths":            {"linux_arm", "-trimpath", "", `-trimpath is ""`},
		"with a commit":         {"linux_arm", "vcs", "git", `vcs is "git"`},
		"for another system":    {"linux_arm", "GOOS", "plan9", `GOOS is "plan9"`},
		"for another chip":      {"linux_arm", "GOARCH", "mips", `GOARCH is "mips"`},
		"for new ARM":           {"linux_arm", "GOARM", "7", `GOARM is "7", want "6"`},
		"for new ARM, 64 bits":  {"linux_arm64", "GOARM64", "v9.0", `GOARM64 is "v9.0", want "v8.0"`},
		"for new Intel":         {"linux_amd64", "GOAMD64", "v3", `GOAMD64 is "v3", want "v1"`},
		"for Intel without SSE": {"linux_386", "GO386", "softfloat", `GO386 is "softfloat", want "sse2"`},
		"for nobody knows":      {"linux_386", "GO386", "", `GO386 is "", want "sse2"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goos, goarch, _ := strings.Cut(test.platform, "_")
			settings := map[string]string{"CGO_ENABLED": "0", "-trimpath": "true", "GOOS": goos, "GOARCH": goarch, "GOARM": "6"}
			settings[test.key] = test.value
			info := &debug.BuildInfo{}
			for key, value := range settings {
				info.Settings = append(info.Settings, debug.BuildSetting{Key: key, Value: value})
			}
			err := checkBuild(info, test.platform)
			if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}
