package localcli

import (
	"slices"
	"testing"
)

func TestEnvironment(t *testing.T) {
	t.Parallel()
	user := []string{"PATH=/bin", "GHES_TOTP_SECRET=x", "TF_LOG=trace", "TF_CLI_ARGS_plan=-no-such-flag", "GOGC=1", "HOME=/home/octocat"}
	got := environment(user, "cli.tfrc")
	want := []string{"PATH=/bin", "HOME=/home/octocat", "CHECKPOINT_DISABLE=1"}
	if !slices.Equal(got[:len(want)], want) || !slices.Contains(got, "TF_CLI_CONFIG_FILE=cli.tfrc") {
		t.Errorf("environment %q", got)
	}
}
