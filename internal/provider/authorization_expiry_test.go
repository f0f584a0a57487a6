package provider

import (
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// A plan warns of a token that expires within two weeks, and changes nothing because of that.
func TestExpiry(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		left time.Duration
		want string
	}{
		"soon":    {13 * 24 * time.Hour, "Warning: The token of authorization 1 expires"},
		"expired": {-time.Hour, "Warning: The token of authorization 1 has expired"},
		"later":   {15 * 24 * time.Hour, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(twin("a", "")), WithClock(sim.now))
			w.must(0, "apply", "-auto-approve")
			sim.EditAuthorization(1, func(a *ghessim.Authorization) { a.ExpiresAt = new(sim.now().Add(test.left)) })
			w.must(0, "apply", "-refresh-only", "-auto-approve")
			output := w.must(0, "plan", "-detailed-exitcode")
			if test.want == "" {
				containsNone(t, output, "Warning")
				return
			}
			contains(t, output, test.want, "terraform apply -replace=ADDRESS")
			// The plan that replaces it has nothing to warn of.
			w.write("main.tf", sim.config(twin("a", `rotate_when_changed = { a = 1 }`)))
			containsNone(t, w.must(0, "apply", "-auto-approve"), "Warning")
		})
	}
}
