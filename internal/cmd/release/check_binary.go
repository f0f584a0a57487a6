package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
)

// checkArchive checks that an archive holds the texts and a binary, and returns
// the binary.
func checkArchive(path, version, platform string, texts map[string]string) ([]byte, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	name := binaryName(version)
	if strings.HasPrefix(platform, "windows_") {
		name += ".exe"
	}
	var names []string
	for _, file := range archive.File {
		names = append(names, file.Name)
	}
	slices.Sort(names)
	if want := []string{ownLicense, licensesName, name}; !slices.Equal(names, want) {
		return nil, fmt.Errorf("it has %q, want %q", names, want)
	}
	var binary []byte
	for _, file := range archive.File {
		content, err := contentOf(file)
		if err != nil {
			return nil, err
		}
		mode := fs.FileMode(0o644)
		if file.Name == name {
			binary, mode = content, 0o755
		} else if texts[file.Name] != string(content) {
			return nil, fmt.Errorf("%s is not what it is here", file.Name)
		}
		if len(content) == 0 {
			return nil, fmt.Errorf("%s is empty", file.Name)
		}
		if file.Mode() != mode {
			return nil, fmt.Errorf("%s has mode %s, want %s", file.Name, file.Mode(), mode)
		}
	}
	return binary, nil
}

// checkSBOM checks that a list of parts is of the binary.
func checkSBOM(path, version, platform string, binary []byte) error {
	type (
		hash      struct{ Alg, Content string }
		property  struct{ Name, Value string }
		component struct {
			Name, Version string
			Hashes        []hash
			Properties    []property
		}
	)
	var bom struct {
		BOMFormat, SpecVersion string
		Metadata               struct{ Component component }
		Components             []component
	}
	if err := readJSON(path, &bom); err != nil {
		return err
	}
	if bom.BOMFormat != "CycloneDX" || bom.SpecVersion != "1.6" || len(bom.Components) == 0 {
		return fmt.Errorf("%s: it is %s %s, and lists %d modules", path, bom.BOMFormat, bom.SpecVersion, len(bom.Components))
	}
	sum := sha256.Sum256(binary)
	goos, goarch, _ := strings.Cut(platform, "_")
	want := component{
		Name: providerPath, Version: "v" + version,
		Hashes:     []hash{{"SHA-256", hex.EncodeToString(sum[:])}},
		Properties: []property{{"GOOS", goos}, {"GOARCH", goarch}},
	}
	if got := bom.Metadata.Component; !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s: it is of %+v, want %+v", path, got, want)
	}
	return nil
}

// levels are the oldest processors that the binaries run on. Go notes the one for
// the binary's architecture.
var levels = map[string]string{"GO386": "sse2", "GOAMD64": "v1", "GOARM": "6", "GOARM64": "v8.0"}

// checkBuild checks that a binary is for its platform, needs no libraries, and
// says nothing of the machine that it was built on.
func checkBuild(info *debug.BuildInfo, platform string) error {
	goos, goarch, _ := strings.Cut(platform, "_")
	level := "GO" + strings.ToUpper(goarch)
	for key, want := range map[string]string{
		"GOOS": goos, "GOARCH": goarch, level: levels[level],
		"-trimpath": "true", "CGO_ENABLED": "0", "vcs": "",
	} {
		if got := setting(info, key); got != want {
			return fmt.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	return nil
}
