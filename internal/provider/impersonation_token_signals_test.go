//go:build unix

package provider

import (
	"net/http"
	"testing"
)

// If a run ends by a signal while it uses a token, the provider revokes the token and exits.
func TestImpersonationToken_applyEnds(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, ending := range endings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newAdminInstance(t)
			w := newBinaryWorkspace(t, sim.adminConfig(acting("", untilEnd)))
			g := w.startGroup("apply", "-auto-approve")
			w.waitForProvisioner()
			if n := len(sim.impersonations()); n != 1 {
				t.Errorf("%d open, want 1", n)
			}
			ending.send(g)
			g.waitForCLI()
			w.write("end", "")
			g.waitForAll()
			noImpersonation(t, sim)
		})
	}
}

// If the CLI is killed before the response to a create arrives, the provider revokes the token
// in the response, and exits.
func TestImpersonationToken_killedBeforeResponse(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newAdminInstance(t)
	create := hold(sim.instance, http.MethodPost)
	w := newBinaryWorkspace(t, sim.adminConfig(acting("", "true")))
	g := w.startGroup("plan")
	create.wait(t)
	endings["SIGKILL to the CLI"].send(g)
	g.waitForCLI()
	create.release()
	g.waitForAll()
	noImpersonation(t, sim)
}
