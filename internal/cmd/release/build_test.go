package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// emptyCache has TestBuild compile all modules again, which takes a minute. The check of a release sets it.
var emptyCache = flag.Bool("empty-cache", false, "build one of the two binaries without a build cache")

// Two builds of a commit in different directories give the same binary. The binary has
// its version, and only modules whose licences come with it.
func TestBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("builds everything")
	}
	if _, err := os.Stat(filepath.Join(root, ".git")); errors.Is(err, fs.ErrNotExist) {
		t.Skip("this is no repository that could be cloned")
	}
	t.Parallel()
	const version = "1.2.3-made-up"
	here := build(t, version, t.TempDir())
	var environment []string
	if *emptyCache {
		environment = []string{"GOCACHE=" + t.TempDir()}
	}
	there := build(t, version, filepath.Join(t.TempDir(), "some", "where", "else"), environment...)
	if sha256.Sum256(here) != sha256.Sum256(there) {
		t.Error("the two binaries differ")
	}
	// The linker says nothing of a variable that is not there.
	if !bytes.Contains(here, []byte(version)) {
		t.Error("the binary does not know its version")
	}

	info, err := buildinfo.Read(bytes.NewReader(here))
	if err != nil {
		t.Fatal(err)
	}
	platform := runtime.GOOS + "_" + runtime.GOARCH
	notices, err := licenses(t.Context(), []string{platform})
	if err != nil {
		t.Fatal(err)
	}
	if err := checkBuild(info, platform, notices); err != nil {
		t.Error(err)
	}
}

// build returns the provider of the current commit. It is built in a clone of its own
// with goreleaser's settings, without a network.
func build(t *testing.T, version, dir string, environment ...string) []byte {
	t.Helper()
	// The checkout may be somebody else's, and git hears of its own
	// configuration only that this is allowed.
	config := filepath.Join(t.TempDir(), "gitconfig")
	if err := os.WriteFile(config, []byte("[safe]\n\tdirectory = *\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	source, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	// Looked at so that go test does not take the result with one program for that
	// with another.
	if _, err := os.Stat(filepath.Join(source, "main.go")); err != nil {
		t.Fatal(err)
	}
	clone := filepath.Join(dir, project)
	execute(t, "", []string{"GIT_CONFIG_GLOBAL=" + config}, "git", "clone", "--quiet", source, clone)

	release := readConfig(t).Builds[0]
	args := append([]string{"build", "-o", "built"}, release.Flags...)
	for _, flags := range release.Ldflags {
		args = append(args, "-ldflags", expand(t, flags, version, ""))
	}
	environment = append(environment, release.Env...)
	for key, level := range levels {
		environment = append(environment, key+"="+level)
	}
	execute(t, clone, append(environment, "GOFLAGS=", "GOPROXY=off"), "go", append(args, ".")...)
	binary, err := os.ReadFile(filepath.Join(clone, "built"))
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

func execute(t *testing.T, dir string, environment []string, program string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir, command.Env = dir, append(os.Environ(), environment...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, output)
	}
}
