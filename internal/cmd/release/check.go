package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// check checks the files in goreleaser's directory that the registries take, and how
// the binaries were built.
func check(ctx context.Context, dist string, signed bool) error {
	license, err := os.ReadFile(filepath.Join(dist, "..", ownLicense)) //nolint:gosec // The user names the directory.
	if err != nil {
		return err
	}
	others, err := licenses(ctx, platforms)
	if err != nil {
		return err
	}
	return checkFiles(dist, signed, map[string]string{ownLicense: string(license), licensesName: others}, func(binary []byte, platform string) error {
		info, err := buildinfo.Read(bytes.NewReader(binary))
		if err != nil {
			return err
		}
		return checkBuild(info, platform, others)
	})
}

// checkFiles checks all files. texts are the files that each archive holds besides
// the binary, and checkBinary checks a binary.
func checkFiles(dist string, signed bool, texts map[string]string, checkBinary func(binary []byte, platform string) error) error {
	var metadata struct{ Version string }
	if err := readJSON(filepath.Join(dist, "metadata.json"), &metadata); err != nil {
		return err
	}
	version := metadata.Version
	failures := []error{checkSums(dist, version)}
	for _, platform := range platforms {
		archive := filepath.Join(dist, archiveName(version, platform))
		binary, err := checkArchive(archive, version, platform, texts)
		if err == nil {
			err = errors.Join(checkBinary(binary, platform), checkSBOM(filepath.Join(dist, sbomName(version, platform)), version, binary))
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", archive, err))
		}
	}
	if signed {
		failures = append(failures, checkSignature(filepath.Join(dist, signatureName(version))))
	}
	return errors.Join(failures...)
}

// checkSums checks that the list of checksums has all files that the registries ask
// for, and no others. The manifest has another name in the repository.
func checkSums(dist, version string) error {
	name := sumsName(version)
	text, err := os.ReadFile(filepath.Join(dist, name)) //nolint:gosec // The user names the directory.
	if err != nil {
		return err
	}
	var want []string
	for _, file := range summed(version) {
		path := filepath.Join(dist, file)
		if file == manifestName(version) {
			path = filepath.Join(dist, "..", manifest)
		}
		content, err := os.ReadFile(path) //nolint:gosec // The user names the directory.
		if err != nil {
			return err
		}
		want = append(want, fmt.Sprintf("%x  %s", sha256.Sum256(content), file))
	}
	slices.Sort(want)
	got := strings.Split(strings.TrimSpace(string(text)), "\n")
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s is\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return nil
}

// checkArchive checks that an archive holds the texts and a binary, and returns the
// binary.
func checkArchive(path, version, platform string, texts map[string]string) ([]byte, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	binary := binaryName(version)
	if strings.HasPrefix(platform, "windows_") {
		binary += ".exe"
	}
	var got []string
	for _, file := range archive.File {
		got = append(got, file.Mode().String()+" "+file.Name)
	}
	slices.Sort(got)
	if want := []string{"-rw-r--r-- " + ownLicense, "-rw-r--r-- " + licensesName, "-rwxr-xr-x " + binary}; !slices.Equal(got, want) {
		return nil, fmt.Errorf("it has %q, want %q", got, want)
	}
	for name, want := range texts {
		if text, err := fs.ReadFile(archive, name); err != nil {
			return nil, err
		} else if string(text) != want {
			return nil, fmt.Errorf("%s differs from the one here", name)
		}
	}
	return fs.ReadFile(archive, binary)
}

// checkSBOM checks that an SBOM is that of the binary, and lists modules.
func checkSBOM(path, version string, binary []byte) error {
	type property struct{ Name, Value string }
	var bom struct {
		Metadata struct {
			Component  struct{ Name, Version string }
			Properties []property
		}
		Components []struct{}
	}
	if err := readJSON(path, &bom); err != nil {
		return err
	}
	of := bom.Metadata.Component
	hash := property{"cdx:gomod:binary:hash:SHA-256", fmt.Sprintf("%x", sha256.Sum256(binary))}
	if of.Name != providerPath || of.Version != "v"+version || !slices.Contains(bom.Metadata.Properties, hash) || len(bom.Components) == 0 {
		return fmt.Errorf("%s is of %s %s and lists %d modules, want one of the binary with the SHA-256 %s", path, of.Name, of.Version, len(bom.Components), hash.Value)
	}
	return nil
}

// levels are the oldest processors that the binaries run on. Go notes the one for
// the architecture in each binary.
var levels = map[string]string{"GO386": "sse2", "GOAMD64": "v1", "GOARM": "6", "GOARM64": "v8.0"}

// checkBuild checks that a binary is for its platform, needs no libraries, tells
// nothing of the machine that built it, and contains only modules that are listed
// with the licences.
func checkBuild(info *debug.BuildInfo, platform, licenses string) error {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	goos, goarch, _ := strings.Cut(platform, "_")
	level := "GO" + strings.ToUpper(goarch)
	for key, want := range map[string]string{
		"GOOS": goos, "GOARCH": goarch, level: levels[level],
		"-trimpath": "true", "CGO_ENABLED": "0", "vcs": "",
	} {
		if settings[key] != want {
			return fmt.Errorf("%s is %q, want %q", key, settings[key], want)
		}
	}
	for _, m := range append(info.Deps, &debug.Module{Path: "std", Version: info.GoVersion}) {
		if !strings.Contains(licenses, "\n"+m.Path+" "+m.Version+"\n") {
			return fmt.Errorf("%s has no licences of %s %s", licensesName, m.Path, m.Version)
		}
	}
	return nil
}

// checkSignature checks that a signature has the form that Terraform's registry asks
// for: binary, and by an RSA key. The registry checks whose key it is.
func checkSignature(path string) error {
	file, err := os.Open(path) //nolint:gosec // The user names the directory.
	if err != nil {
		return err
	}
	defer file.Close()
	first, err := packet.Read(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if s, ok := first.(*packet.Signature); !ok || s.PubKeyAlgo != packet.PubKeyAlgoRSA {
		return fmt.Errorf("%s is not a binary signature by an RSA key", path)
	}
	return nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path) //nolint:gosec // The user names the directory.
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
