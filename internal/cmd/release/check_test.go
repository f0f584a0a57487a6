package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// writeRelease writes the files of a signed release into dir/dist, and returns
// that directory. Its binaries hold only their names.
func writeRelease(t *testing.T, dir, version string) string {
	t.Helper()
	dist := filepath.Join(dir, "dist")
	if err := os.Mkdir(dist, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, manifest, `{"version": 1, "metadata": {"protocol_versions": ["6.0"]}}`)
	write(t, dist, "metadata.json", fmt.Sprintf(`{"version": %q}`, version))
	for _, platform := range platforms {
		binary := binaryName(version)
		if strings.HasPrefix(platform, "windows") {
			binary += ".exe"
		}
		write(t, dist, archiveName(version, platform), archiveOf(t, executable(binary), text(ownLicense), text(licensesName)))
		write(t, dist, sbomName(version, platform), sbomOf(version, binary))
	}
	writeSums(t, dist, version, summed(version))
	return dist
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// packed is a file in an archive.
type packed struct {
	name, content string
	mode          fs.FileMode
}

// executable and text hold their own names.
func executable(name string) packed { return packed{name, name, 0o755} }
func text(name string) packed       { return packed{name, name, 0o644} }

func archiveOf(t *testing.T, files ...packed) string {
	t.Helper()
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		header.SetMode(f.mode)
		file, err := archive.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(file, f.content)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// writeSums writes the sums of files, and signs them with a new RSA key.
func writeSums(t *testing.T, dist, version string, names []string) {
	t.Helper()
	var sums strings.Builder
	for _, name := range names {
		path := filepath.Join(dist, name)
		if name == manifestName(version) {
			path = filepath.Join(dist, "..", manifest)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), name)
	}
	write(t, dist, sumsName(version), sums.String())
	write(t, dist, signatureName(version), signature(t, packet.PubKeyAlgoRSA, sums.String()))
}

func signature(t *testing.T, algorithm packet.PublicKeyAlgorithm, text string) string {
	t.Helper()
	key, err := openpgp.NewEntity("Made up", "", "made-up@example.com", &packet.Config{Algorithm: algorithm, RSABits: 1024})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := openpgp.DetachSign(&b, key, strings.NewReader(text), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCheckFiles(t *testing.T) {
	t.Parallel()
	const version, linux = "1.2.3", "linux_amd64"
	archive := archiveName(version, linux)
	binary, own, others := executable(binaryName(version)), text(ownLicense), text(licensesName)
	removed := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dist string) { t.Helper(); remove(t, dist, name) }
	}
	rewritten := func(name, content string) func(*testing.T, string) {
		return func(t *testing.T, dist string) { t.Helper(); write(t, dist, name, content) }
	}
	repacked := func(files ...packed) func(*testing.T, string) {
		return func(t *testing.T, dist string) {
			t.Helper()
			write(t, dist, archive, archiveOf(t, files...))
			writeSums(t, dist, version, summed(version))
		}
	}
	for name, test := range map[string]struct {
		spoil func(t *testing.T, dist string)
		want  string
	}{
		"as it should be":            {func(*testing.T, string) {}, ""},
		"no archive":                 {removed(archive), archive + ": no such file"},
		"no metadata":                {removed("metadata.json"), "metadata.json: no such file"},
		"no signature":               {removed(signatureName(version)), ".sig: no such file"},
		"another kind of key":        {rewritten(signatureName(version), signature(t, packet.PubKeyAlgoEdDSA, "text")), "is not a binary signature by an RSA key"},
		"an armored signature":       {rewritten(signatureName(version), "-----BEGIN PGP SIGNATURE-----\n"), signatureName(version) + ": openpgp"},
		"another binary":             {rewritten(archive, archiveOf(t, executable(project), own, others)), "SHA256SUMS is\n"},
		"a binary of another name":   {repacked(executable(project), own, others), `"-rwxr-xr-x terraform-provider-ghes"], want [`},
		"no licences":                {repacked(binary, own), `it has ["-rw-r--r-- LICENSE" "-rwxr-xr-x terraform-provider-ghes_v1.2.3"]`},
		"a binary that does not run": {repacked(text(binary.name), own, others), `"-rw-r--r-- terraform-provider-ghes_v1.2.3"], want [`},
		"a text that is run":         {repacked(binary, own, executable(licensesName)), `"-rwxr-xr-x THIRD_PARTY_LICENSES.txt"`},
		"a link":                     {repacked(packed{binary.name, "x", fs.ModeSymlink | 0o755}, own, others), `"Lrwxr-xr-x terraform-provider-ghes_v1.2.3"`},
		"an empty binary":            {repacked(packed{binary.name, "", 0o755}, own, others), "the binary is empty"},
		"old licences":               {repacked(binary, own, packed{licensesName, "old", 0o644}), licensesName + " differs from the one here"},
		"another licence":            {repacked(binary, packed{ownLicense, "old", 0o644}, others), ownLicense + " differs from the one here"},
		"another binary's parts":     {repacked(packed{binary.name, "other", 0o755}, own, others), "want one of the binary with the SHA-256 d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"},
		"no sum of the manifest": {
			func(t *testing.T, dist string) { writeSums(t, dist, version, summed(version)[1:]) },
			"SHA256SUMS is\n",
		},
		"another manifest": {rewritten("../"+manifest, "{}"), "SHA256SUMS is\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dist := writeRelease(t, t.TempDir(), version)
			test.spoil(t, dist)
			err := checkFiles(dist, true, map[string]string{ownLicense: ownLicense, licensesName: licensesName}, func(binary []byte, _ string) error {
				if len(binary) == 0 {
					return errors.New("the binary is empty")
				}
				return nil
			})
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}
