package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// check looks at all that a registry takes from a release, in goreleaser's
// directory, and at how the binaries were built.
func check(dist string, signed bool) error {
	version, err := checkLayout(dist, signed)
	if err != nil {
		return err
	}
	for _, platform := range platforms {
		archive := filepath.Join(dist, archiveName(version, platform))
		binary, err := binaryIn(archive)
		if err != nil {
			return err
		}
		info, err := buildinfo.Read(bytes.NewReader(binary))
		if err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
		if err := checkBuild(info, platform); err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
	}
	fmt.Printf("%s %s: %d platforms, signed: %t\n", project, version, len(platforms), signed)
	return nil
}

// checkLayout checks everything but the binaries, and returns the version that
// they are of.
func checkLayout(dist string, signed bool) (version string, err error) {
	var metadata struct{ Version string }
	if err := readJSON(filepath.Join(dist, "metadata.json"), &metadata); err != nil {
		return "", err
	}
	version = metadata.Version
	failures := []error{checkManifest(dist), checkSums(dist, version)}
	for _, platform := range platforms {
		failures = append(failures,
			checkArchive(filepath.Join(dist, archiveName(version, platform)), version, platform),
			checkSBOM(filepath.Join(dist, sbomName(version, platform)), version))
	}
	if signed {
		failures = append(failures, checkSignature(filepath.Join(dist, signatureName(version))))
	}
	return version, errors.Join(failures...)
}

// checkManifest reads the repository's, which is released under another name.
func checkManifest(dist string) error {
	var content struct {
		Version  int
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		}
	}
	if err := readJSON(filepath.Join(dist, "..", manifest), &content); err != nil {
		return err
	}
	if content.Version != 1 || !slices.Equal(content.Metadata.ProtocolVersions, []string{"6.0"}) {
		return fmt.Errorf("%s: %+v", manifest, content)
	}
	return nil
}

func checkSums(dist, version string) error {
	name := sumsName(version)
	text, err := os.ReadFile(filepath.Join(dist, name)) //nolint:gosec // The user names the directory.
	if err != nil {
		return err
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, file, _ := strings.Cut(strings.TrimSpace(line), "  ")
		sums[file] = sum
	}
	want := slices.Sorted(slices.Values(summed(version)))
	if got := slices.Sorted(maps.Keys(sums)); !slices.Equal(got, want) {
		return fmt.Errorf("%s: it is of %q, want %q", name, got, want)
	}
	var failures []error
	for _, file := range want {
		path := filepath.Join(dist, file)
		if file == manifestName(version) {
			path = filepath.Join(dist, "..", manifest)
		}
		content, err := os.ReadFile(path) //nolint:gosec // The user names the directory.
		if err != nil {
			failures = append(failures, err)
			continue
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != sums[file] {
			failures = append(failures, fmt.Errorf("%s: the sum of %s is wrong", name, file))
		}
	}
	return errors.Join(failures...)
}

func checkArchive(path, version, platform string) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer archive.Close()
	binary := binaryName(version)
	if strings.HasPrefix(platform, "windows_") {
		binary += ".exe"
	}
	var names []string
	for _, file := range archive.File {
		names = append(names, file.Name)
		if file.UncompressedSize64 == 0 {
			return fmt.Errorf("%s: %s is empty", path, file.Name)
		}
		if file.Name == binary && file.Mode().Perm() != 0o755 {
			return fmt.Errorf("%s: %s has mode %s", path, file.Name, file.Mode())
		}
	}
	slices.Sort(names)
	if want := []string{ownLicense, licensesName, binary}; !slices.Equal(names, want) {
		return fmt.Errorf("%s: it has %q, want %q", path, names, want)
	}
	return nil
}

func checkSBOM(path, version string) error {
	file, err := os.Open(path) //nolint:gosec // The user names the directory.
	if err != nil {
		return err
	}
	defer file.Close()
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(file, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if c := bom.Metadata.Component; c.Name != providerPath || c.Version != "v"+version || len(*bom.Components) == 0 {
		return fmt.Errorf("%s: it is of %s %s, and lists %d modules", path, c.Name, c.Version, len(*bom.Components))
	}
	return nil
}

// checkSignature checks the form that Terraform's registry asks for: not armored,
// and by a key that is RSA. Whose key it is, a registry checks.
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
		return fmt.Errorf("%s: it is no binary signature by an RSA key", path)
	}
	return nil
}

// checkBuild checks that a binary is for its platform, needs no libraries, and
// says nothing of the machine that it was built on.
func checkBuild(info *debug.BuildInfo, platform string) error {
	for key, want := range map[string]string{"-trimpath": "true", "CGO_ENABLED": "0", "vcs": ""} {
		if got := setting(info, key); got != want {
			return fmt.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if got := setting(info, "GOOS") + "_" + setting(info, "GOARCH"); got != platform {
		return fmt.Errorf("the binary is for %s", got)
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
