package provider

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// newBinaryWorkspace has the CLIs start the real binary, for tests of its log, its end
// and its crash. These cannot be seen of a provider that the test serves itself. No
// init is needed.
func newBinaryWorkspace(t *testing.T, config string) *workspace {
	t.Helper()
	if err := buildProvider(); err != nil {
		t.Fatal(err)
	}
	cliConfig := filepath.Join(t.TempDir(), "cli.tfrc")
	content := fmt.Sprintf(`provider_installation {
  dev_overrides {
    "registry.terraform.io/ghes-tools/ghes" = %[1]q
    "registry.opentofu.org/ghes-tools/ghes" = %[1]q
  }
  direct {}
}
`, binaryDir)
	if err := os.WriteFile(cliConfig, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return newWorkspaceWith(t, config, "TF_CLI_CONFIG_FILE="+cliConfig)
}

// binaryDir is for the provider's binary. TestMain makes and removes it.
var binaryDir string

var buildProvider = sync.OnceValue(func() error {
	// Looked at so that go test does not take the result with one main for that
	// with another; the test has all other packages itself.
	if _, err := os.Stat("../../main.go"); err != nil {
		return err
	}
	build := exec.CommandContext(context.Background(), "go", "build", "-buildvcs=false", "-o", binaryDir, "../..")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, output)
	}
	return nil
})

// The CLI finds the binary, starts it, and everything works as usual.
func TestBinary(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newBinaryWorkspace(t, sim.config(oneNote))
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	w.must(0, "destroy", "-auto-approve")
	if left := sim.Authorizations(); len(left) > 0 {
		t.Errorf("%d authorizations are left", len(left))
	}
}
