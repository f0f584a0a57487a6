package main

import (
	"maps"
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

// goreleaser is what these tests read of its configuration.
type goreleaser struct {
	Project string `yaml:"project_name"`
	Builds  []struct {
		Env, Flags, Ldflags, Goos, Goarch []string

		Ignore       []struct{ Goos, Goarch string }
		Binary       string
		ModTimestamp string `yaml:"mod_timestamp"`
	}
	Archives []struct {
		Formats      []string
		NameTemplate string                      `yaml:"name_template"`
		BuildsInfo   struct{ MTime string }      `yaml:"builds_info"`
		Files        []struct{ Src, Dst string } `yaml:"files"`
	}
	SBOMs []struct {
		Artifacts, Cmd string
		Documents      []string
	}
	Checksum struct {
		Algorithm    string
		NameTemplate string      `yaml:"name_template"`
		ExtraFiles   []extraFile `yaml:"extra_files"`
	}
	Signs []struct {
		Artifacts, Signature, Cmd string
		Args                      []string
	}
	Release struct {
		Draft      bool
		ExtraFiles []extraFile `yaml:"extra_files"`
	}
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
	if err := yaml.Unmarshal([]byte(readFile(t, ".goreleaser.yml")), &c); err != nil {
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

// What goreleaser is told to make is what the registries take, and what check
// looks for.
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
		wantEqual(t, "binary", expand(t, build.Binary, version, platform), binaryName(version))
	}
	wantEqual(t, "sums", expand(t, c.Checksum.NameTemplate, version, ""), sumsName(version))
	for _, files := range [][]extraFile{c.Checksum.ExtraFiles, c.Release.ExtraFiles} {
		if len(files) != 1 || files[0].Glob != manifest || expand(t, files[0].NameTemplate, version, "") != manifestName(version) {
			t.Errorf("extra files: %+v", files)
		}
	}
	// The names of documents and signatures are goreleaser's own.
	if s := c.SBOMs[0]; s.Artifacts != "archive" || s.Documents != nil {
		t.Errorf("SBOMs: %+v", s)
	}
	if s := c.Signs[0]; s.Artifacts != "checksum" || s.Cmd != "" || s.Signature != "" {
		t.Errorf("signatures: %+v", s)
	}
	if args := strings.Join(c.Signs[0].Args, " "); !strings.Contains(args, "--detach-sign") || strings.Contains(args, "armor") {
		t.Errorf("signatures: %s", args)
	}
	wantEqual(t, "project", c.Project, project)
	wantEqual(t, "algorithm", c.Checksum.Algorithm, "sha256")
	wantEqual(t, "formats", strings.Join(archive.Formats, " "), "zip")
	if err := checkManifest(filepath.Join(root, "dist")); err != nil {
		t.Error(err)
	}
}

// Nothing of the machine and of the time gets into what is released.
func TestConfig_reproducible(t *testing.T) {
	t.Parallel()
	c := readConfig(t)
	build, archive := c.Builds[0], c.Archives[0]
	wantEqual(t, "environment", strings.Join(build.Env, " "), "CGO_ENABLED=0")
	wantEqual(t, "flags", strings.Join(build.Flags, " "), "-trimpath -buildvcs=false")
	wantEqual(t, "linker's flags", strings.Join(build.Ldflags, " "), "-s -w -X main.version={{ .Version }}")
	wantEqual(t, "time of the binary", build.ModTimestamp, "{{ .CommitTimestamp }}")
	wantEqual(t, "time in the archive", archive.BuildsInfo.MTime, "{{ .CommitDate }}")
	if len(archive.Files) != 2 || archive.Files[0].Src != ownLicense || filepath.Base(archive.Files[1].Src) != licensesName {
		t.Errorf("files: %+v", archive.Files)
	}
	if !regexp.MustCompile(`(?m)^toolchain go1\.\d+\.\d+$`).MatchString(readFile(t, "go.mod")) {
		t.Error("go.mod does not say which Go builds releases")
	}
}

// A tag can be moved, a commit cannot.
func TestWorkflows_pinned(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%q, %v", files, err)
	}
	uses := regexp.MustCompile(`(?m)^[ -]*uses:.*$`)
	pinned := regexp.MustCompile(`uses: [\w./-]+@([0-9a-f]{40}) # v\d+\.\d+\.\d+$`)
	commits := map[string]string{}
	for _, file := range files {
		text := readFile(t, strings.TrimPrefix(file, root))
		for _, line := range uses.FindAllString(text, -1) {
			if !pinned.MatchString(line) {
				t.Errorf("%s: %s", file, line)
				continue
			}
			action, at, _ := strings.Cut(line, "@")
			if before, ok := commits[action]; ok && before != at {
				t.Errorf("%s: %s at two commits", file, action)
			}
			commits[action] = at
		}
	}
	if len(commits) < 5 {
		t.Errorf("actions: %q", slices.Sorted(maps.Keys(commits)))
	}
}

// make release-check tries what the workflow does.
func TestWorkflows_goreleaser(t *testing.T) {
	t.Parallel()
	find := func(path, expression string) string {
		found := regexp.MustCompile(expression).FindStringSubmatch(readFile(t, path))
		if found == nil {
			t.Fatalf("%s has no %s", path, expression)
		}
		return found[1]
	}
	here := find("GNUmakefile", `\$\(BIN\)/goreleaser-(v2\.\d+\.\d+)\n`)
	wantEqual(t, "goreleaser", find(".github/workflows/release.yml", `goreleaser-action@[^\n]+\s+with:\s+version: (\S+)\n`), here)
}

func wantEqual(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}
