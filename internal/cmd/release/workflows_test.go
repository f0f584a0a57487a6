package main

import (
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A tag can be moved, a commit cannot. A workflow of this repository is taken from the
// same commit.
func TestWorkflows_pinned(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%q, %v", files, err)
	}
	uses := regexp.MustCompile(`(?m)^[ -]*uses: [^.].*$`)
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

// Nothing is built for a tag that the changelog does not know as released.
func TestWorkflows_changelog(t *testing.T) {
	t.Parallel()
	var workflow struct {
		Jobs struct {
			Release struct{ Steps []struct{ Run, Uses string } }
		}
	}
	if err := yaml.Unmarshal([]byte(readFile(t, ".github/workflows/release.yml")), &workflow); err != nil {
		t.Fatal(err)
	}
	var script string
	for _, step := range workflow.Jobs.Release.Steps {
		if strings.Contains(step.Uses, "goreleaser") {
			break
		}
		if strings.Contains(step.Run, "CHANGELOG.md") {
			script = step.Run
		}
	}
	for name, test := range map[string]struct {
		changelog string
		ok        bool
	}{
		"released":        {"# Changelog\n\n## 1.2.3 (2026-01-02)\n\n## 1.2.2 (2026-01-01)\n", true},
		"unreleased":      {"# Changelog\n\n## 1.2.3 (unreleased)\n", false},
		"more to come":    {"## 1.3.0 (Unreleased)\n\n## 1.2.3 (2026-01-02)\n", false},
		"no date":         {"## 1.2.3\n", false},
		"another version": {"## 1.2.30 (2026-01-02)\n\n## 11.2.3 (2026-01-02)\n", false},
		"only mentioned":  {"See\n## 1.2.3 (2026-01-02), below.\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "CHANGELOG.md", test.changelog)
			// As GitHub runs a step.
			command := exec.CommandContext(t.Context(), "bash", "-e", "-c", script)
			command.Dir, command.Env = dir, append(command.Environ(), "GITHUB_REF_NAME=v1.2.3")
			if output, err := command.CombinedOutput(); (err == nil) != test.ok {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}
