package main

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// sbomOf returns what checkSBOM reads of the SBOM that cyclonedx-gomod writes.
func sbomOf(version, binary string) string {
	return fmt.Sprintf(`{"metadata": {"component": {"name": %q, "version": "v%s"},
		"properties": [{"name": "cdx:gomod:binary:hash:SHA-256", "value": "%x"}]},
		"components": [{"name": "std"}]}`, providerPath, version, sha256.Sum256([]byte(binary)))
}

func TestCheckSBOM(t *testing.T) {
	t.Parallel()
	const version, binary = "1.2.3", "binary"
	right := sbomOf(version, binary)
	for name, test := range map[string]struct{ text, want string }{
		"as it should be":  {right, ""},
		"no JSON":          {"SPDXVersion: SPDX-2.3", "invalid character"},
		"nothing":          {`{}`, "lists 0 modules"},
		"no modules":       {strings.Replace(right, `{"name": "std"}`, "", 1), "lists 0 modules"},
		"another provider": {strings.Replace(right, providerPath, "example.com/it", 1), "is of example.com/it v1.2.3"},
		"another version":  {sbomOf("1.2.2", binary), providerPath + " v1.2.2"},
		"another binary":   {sbomOf(version, "another"), "want one of the binary with the SHA-256 9a3a45d0"},
		"another sum":      {strings.Replace(right, "SHA-256", "SHA-1", 1), "want one of the binary"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "it", test.text)
			err := checkSBOM(filepath.Join(dir, "it"), version, []byte(binary))
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
			info := &debug.BuildInfo{GoVersion: "go1.2.3", Deps: []*debug.Module{{Path: "example.com/one", Version: "v1.0.0"}}}
			for key, value := range settings {
				info.Settings = append(info.Settings, debug.BuildSetting{Key: key, Value: value})
			}
			err := checkBuild(info, test.platform, "\nexample.com/one v1.0.0\nstd go1.2.3\n")
			if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func TestCheckBuild_modules(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{GoVersion: "go1.2.3", Deps: []*debug.Module{{Path: "example.com/one", Version: "v1.0.0"}}}
	for key, value := range map[string]string{"CGO_ENABLED": "0", "-trimpath": "true", "GOOS": "linux", "GOARCH": "arm", "GOARM": "6"} {
		info.Settings = append(info.Settings, debug.BuildSetting{Key: key, Value: value})
	}
	for licensed, want := range map[string]string{
		"\nexample.com/one v1.0.0\nstd go1.2.3\n": "<nil>",
		"\nstd go1.2.3\n":                         licensesName + " has no licences of example.com/one v1.0.0",
		"\nexample.com/one v1.0.1\nstd go1.2.3\n": licensesName + " has no licences of example.com/one v1.0.0",
		"\nexample.com/one v1.0.0\nstd go1.2.2\n": licensesName + " has no licences of std go1.2.3",
	} {
		wantEqual(t, licensed, checkBuild(info, "linux_arm", licensed), want)
	}
}
