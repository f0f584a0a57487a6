package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// writeSBOM writes what the binary in an archive is made of.
func writeSBOM(ctx context.Context, version, archive, path string) error {
	binary, info, err := binaryIn(archive)
	if err != nil {
		return err
	}
	modules, err := linked(ctx, setting(info, "GOOS")+"_"+setting(info, "GOARCH"))
	if err != nil {
		return err
	}
	bom, err := newSBOM(version, binary, info, modules)
	if err != nil {
		return fmt.Errorf("%s: %w", archive, err)
	}
	var text bytes.Buffer
	if err := cdx.NewBOMEncoder(&text, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o600) //nolint:gosec // The user names the file.
}

// binaryIn returns the binary in an archive, and what the linker has noted in it.
func binaryIn(archive string) ([]byte, *debug.BuildInfo, error) {
	files, err := zip.OpenReader(archive)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", archive, err)
	}
	defer files.Close()
	for _, file := range files.File {
		if !strings.HasPrefix(file.Name, project) {
			continue
		}
		binary, err := contentOf(file)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", archive, err)
		}
		info, err := buildinfo.Read(bytes.NewReader(binary))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", archive, err)
		}
		return binary, info, nil
	}
	return nil, nil, fmt.Errorf("%s: there is no provider in it", archive)
}

func contentOf(file *zip.File) ([]byte, error) {
	reader, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	return io.ReadAll(reader)
}

// newSBOM lists the modules that the linker has noted in the binary, with the
// licences that they have. It has neither time nor serial number, so that it is
// the same each time.
func newSBOM(version string, binary []byte, info *debug.BuildInfo, modules []*module) (*cdx.BOM, error) {
	versions := map[string]string{stdlib: strings.TrimPrefix(info.GoVersion, "go")}
	for _, m := range info.Deps {
		versions[m.Path] = m.Version
	}
	components := []cdx.Component{}
	for _, m := range modules {
		if versions[m.path] != m.version {
			return nil, fmt.Errorf("%s is %q in the binary, and %s here", m.path, versions[m.path], m.version)
		}
		delete(versions, m.path)
		c := component(cdx.ComponentTypeLibrary, m.path, m.version)
		c.Licenses = &cdx.Licenses{}
		for _, kind := range m.kinds {
			*c.Licenses = append(*c.Licenses, cdx.LicenseChoice{License: &cdx.License{ID: kind}})
		}
		components = append(components, c)
	}
	for path := range versions {
		return nil, fmt.Errorf("%s is in the binary, and not among the dependencies here", path)
	}
	provider := component(cdx.ComponentTypeApplication, providerPath, "v"+version)
	provider.Licenses = &cdx.Licenses{{License: &cdx.License{ID: "MPL-2.0"}}}
	sum := sha256.Sum256(binary)
	provider.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}}
	provider.Properties = &[]cdx.Property{{Name: "GOOS", Value: setting(info, "GOOS")}, {Name: "GOARCH", Value: setting(info, "GOARCH")}}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &provider}
	bom.Components = &components
	return bom, nil
}

func component(kind cdx.ComponentType, path, version string) cdx.Component {
	url := "pkg:golang/" + path + "@" + version
	return cdx.Component{BOMRef: url, Type: kind, Name: path, Version: version, PackageURL: url}
}

// setting returns a setting of the build by its name, as go version -m prints it.
func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
