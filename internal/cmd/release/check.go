package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// check looks at all that a registry takes from a release, in goreleaser's
// directory, and at how the binaries were built.
func check(ctx context.Context, dist string, signed bool) error {
	license, err := os.ReadFile(filepath.Join(dist, "..", ownLicense)) //nolint:gosec // The user names the directory.
	if err != nil {
		return err
	}
	others, err := allLicenses(ctx)
	if err != nil {
		return err
	}
	version, err := checkLayout(dist, signed, map[string]string{ownLicense: string(license), licensesName: others})
	if err != nil {
		return err
	}
	for _, platform := range platforms {
		archive := filepath.Join(dist, archiveName(version, platform))
		_, info, err := binaryIn(archive)
		if err != nil {
			return err
		}
		if err := checkBuild(info, platform); err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
	}
	fmt.Printf("%s %s: %d platforms, signed: %t\n", project, version, len(platforms), signed)
	return nil
}

// checkLayout checks everything but how the binaries were built, and returns the
// version that they are of. The texts are what an archive holds beside a binary.
func checkLayout(dist string, signed bool, texts map[string]string) (version string, err error) {
	var metadata struct{ Version string }
	if err := readJSON(filepath.Join(dist, "metadata.json"), &metadata); err != nil {
		return "", err
	}
	version = metadata.Version
	failures := []error{checkManifest(dist), checkSums(dist, version)}
	for _, platform := range platforms {
		archive := filepath.Join(dist, archiveName(version, platform))
		binary, err := checkArchive(archive, version, platform, texts)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", archive, err))
			continue
		}
		failures = append(failures, checkSBOM(filepath.Join(dist, sbomName(version, platform)), version, platform, binary))
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
