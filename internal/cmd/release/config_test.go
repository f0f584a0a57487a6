package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"go.yaml.in/yaml/v3"
)

const root = "../../.."

// goreleaser has all keys that its configuration may have. Another key could change the
// release, and no test would look at it.
type goreleaser struct {
	Version int
	Project string `yaml:"project_name"`
	Before  struct{ Hooks []string }
	Builds  []struct {
		Env, Flags, Ldflags, Goos, Goarch []string
		Goamd64, Go386, Goarm, Goarm64    []string

		Ignore       []struct{ Goos, Goarch string }
		Binary       string
		ModTimestamp string `yaml:"mod_timestamp"`
	}
	Archives []struct {
		Formats      []string
		NameTemplate string   `yaml:"name_template"`
		BuildsInfo   fileInfo `yaml:"builds_info"`
		Files        []archived
	}
	SBOMs []struct {
		Artifacts, Cmd       string
		Documents, Env, Args []string
	}
	Checksum struct {
		Algorithm    string
		NameTemplate string      `yaml:"name_template"`
		ExtraFiles   []extraFile `yaml:"extra_files"`
	}
	Signs []struct {
		Artifacts string
		Args      []string
	}
	Release struct {
		GitHub     struct{ Owner, Name string } `yaml:"github"`
		Draft      bool
		ExtraFiles []extraFile `yaml:"extra_files"`
	}
	Changelog struct{ Disable bool }
}

type fileInfo struct {
	Mode  fs.FileMode
	MTime string
}

type archived struct {
	Src, Dst    string
	StripParent bool `yaml:"strip_parent"`
	Info        fileInfo
}

type extraFile struct {
	Glob         string
	NameTemplate string `yaml:"name_template"`
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readConfig(t *testing.T) goreleaser {
	t.Helper()
	var c goreleaser
	decoder := yaml.NewDecoder(strings.NewReader(readFile(t, ".goreleaser.yml")))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		t.Fatal(err)
	}
	if len(c.Builds) != 1 || len(c.Archives) != 1 || len(c.SBOMs) != 1 || len(c.Signs) != 1 {
		t.Fatalf("there is one of each: %+v", c)
	}
	return c
}

// expand fills in a template as goreleaser does.
func expand(t *testing.T, text, version, platform string) string {
	t.Helper()
	goos, goarch, _ := strings.Cut(platform, "_")
	var b strings.Builder
	err := template.Must(template.New("").Option("missingkey=error").Parse(text)).Execute(&b, map[string]string{
		"ProjectName": project, "Version": version, "Os": goos, "Arch": goarch,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// goreleaser is configured to create the files that the registries accept and that
// check looks for.
func TestConfig_names(t *testing.T) {
	t.Parallel()
	c := readConfig(t)
	build, archive := c.Builds[0], c.Archives[0]
	var got []string
	for _, goos := range build.Goos {
		for _, goarch := range build.Goarch {
			if !slices.Contains(build.Ignore, struct{ Goos, Goarch string }{goos, goarch}) {
				got = append(got, goos+"_"+goarch)
			}
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, platforms) {
		t.Errorf("platforms: %q, want %q", got, platforms)
	}
	const version = "1.2.3"
	for _, platform := range platforms {
		wantEqual(t, "archive", expand(t, archive.NameTemplate, version, platform)+".zip", archiveName(version, platform))
		wantEqual(t, "SBOM", expand(t, c.SBOMs[0].Documents[0], version, platform), sbomName(version, platform))
		wantEqual(t, "binary", expand(t, build.Binary, version, platform), binaryName(version))
	}
	wantEqual(t, "sums", expand(t, c.Checksum.NameTemplate, version, ""), sumsName(version))
	for _, files := range [][]extraFile{c.Checksum.ExtraFiles, c.Release.ExtraFiles} {
		if len(files) != 1 || files[0].Glob != manifest || expand(t, files[0].NameTemplate, version, "") != manifestName(version) {
			t.Errorf("extra files: %+v", files)
		}
	}
	wantEqual(t, "project", c.Project, project)
	wantEqual(t, "formats", archive.Formats, "[zip]")
	var protocol struct {
		Version  int
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		}
	}
	if err := readJSON(filepath.Join(root, manifest), &protocol); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "manifest", protocol, "{Version:1 Metadata:{ProtocolVersions:[6.0]}}")
}

// The archives come with the licences and SBOMs that check looks for, and nobody gets
// a release before it is checked. goreleaser itself names the signatures.
func TestConfig_steps(t *testing.T) {
	t.Parallel()
	c := readConfig(t)
	wantEqual(t, "form of the configuration", c.Version, 2)
	wantEqual(t, "hooks", strings.Join(c.Before.Hooks, "\n"), "go mod tidy -diff\ngo run ./internal/cmd/release licenses .tools/"+licensesName+
		"\ngo -C tools/cyclonedx-gomod build -trimpath -o ../../.tools/bin/cyclonedx-gomod github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod")
	sbom := c.SBOMs[0]
	wantEqual(t, "artifacts with an SBOM", sbom.Artifacts, "binary")
	wantEqual(t, "SBOM command", sbom.Cmd, "../.tools/bin/cyclonedx-gomod")
	wantEqual(t, "SBOM environment", sbom.Env, "[GOPROXY=off]")
	wantEqual(t, "SBOM arguments", strings.Join(sbom.Args, " "), "bin -json -std -licenses -noserial -notimestamp -version v{{ .Version }} -output $document $artifact")
	wantEqual(t, "algorithm", c.Checksum.Algorithm, "sha256")
	wantEqual(t, "signatures", c.Signs, "[{Artifacts:checksum Args:[--batch --local-user {{ .Env.GPG_FINGERPRINT }}"+
		" --output ${signature} --detach-sign ${artifact}]}]")
	wantEqual(t, "repository", c.Release.GitHub.Owner+"/"+c.Release.GitHub.Name, strings.TrimPrefix(providerPath, "github.com/"))
	wantEqual(t, "draft", c.Release.Draft, true)
	wantEqual(t, "no changelog", c.Changelog.Disable, true)
}

// Nothing in the release depends on the machine or the time.
func TestConfig_reproducible(t *testing.T) {
	t.Parallel()
	c := readConfig(t)
	build, archive := c.Builds[0], c.Archives[0]
	wantEqual(t, "environment", build.Env, "[CGO_ENABLED=0]")
	wantEqual(t, "flags", build.Flags, "[-trimpath -buildvcs=false]")
	wantEqual(t, "linker's flags", build.Ldflags, "[-s -w -X main.version={{ .Version }}]")
	for key, got := range map[string][]string{
		"GOAMD64": build.Goamd64, "GO386": build.Go386, "GOARM": build.Goarm, "GOARM64": build.Goarm64,
	} {
		wantEqual(t, key, got, []string{levels[key]})
	}
	wantEqual(t, "time of the binary", build.ModTimestamp, "{{ .CommitTimestamp }}")
	const date = "{{ .CommitDate }}"
	wantEqual(t, "binary in the archive", archive.BuildsInfo, fileInfo{0o755, date})
	wantEqual(t, "files", archive.Files, []archived{
		{Src: ownLicense, Info: fileInfo{0o644, date}},
		{Src: ".tools/" + licensesName, Dst: ".", StripParent: true, Info: fileInfo{0o644, date}},
	})
	rebuild := regexp.MustCompile("(?s)`GOARM=6` .*\n(GOOS=.*)\n```").FindStringSubmatch(readFile(t, "CONTRIBUTING.md"))
	if rebuild == nil {
		t.Fatal("CONTRIBUTING.md does not say how to build the binaries again")
	}
	wantEqual(t, "how to build again", rebuild[1], "GOOS=linux GOARCH=amd64 "+strings.Join(build.Env, " ")+" go build "+
		strings.Join(build.Flags, " ")+` -ldflags "`+expand(t, build.Ldflags[0], "1.2.3", "")+`"`)
	if !regexp.MustCompile(`(?m)^toolchain go1\.\d+\.\d+$`).MatchString(readFile(t, "go.mod")) {
		t.Error("go.mod does not say which Go builds releases")
	}
}

// wantEqual compares the output of %+v for both, so that a missing value equals an
// empty one.
func wantEqual(t *testing.T, what string, got, want any) {
	t.Helper()
	if got, want := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}
