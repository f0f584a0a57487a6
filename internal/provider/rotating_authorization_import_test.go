package provider

import (
	"fmt"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// An old token is rotated by the first apply, and stays valid for the overlap. A young one is not.
func TestRotating_imported(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		age  int
		note string
		left []int64
	}{
		"old":   {100, "ci-1", []int64{1, 2}},
		"young": {10, "ci-1", []int64{1}},
		"other": {10, "cd-1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.elsewhere(ghessim.Authorization{Note: new(test.note)})
			sim.advance(test.age)
			w := newWorkspace(t, sim.config(rotating(`store_token = false`)+`
import {
  to = ghes_rotating_authorization.ci
  id = "1"
}`), WithClock(sim.now))
			if test.left == nil {
				contains(t, w.must(1, "plan"), "Error: note_prefix does not match the note", "authorization 1 does not begin with note_prefix")
				return
			}
			contains(t, w.must(0, "apply", "-auto-approve"), "1 imported, 0 added, 1 changed, 0 destroyed")
			sim.checkIDs(t, test.left...)
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

func TestRotating_notImported(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.elsewhere(ghessim.Authorization{ClientID: testClientID})
	w := newWorkspace(t, sim.config(rotating("")), WithClock(sim.now))
	contains(t, w.must(1, "import", rotatingAddress, "ci"), `"ci" is not the ID of an authorization. Import an authorization by its ID, such as 123.`)
	contains(t, w.must(1, "import", rotatingAddress, "7"), "Cannot import non-existent remote object")
	contains(t, w.must(1, "import", rotatingAddress, "1"), "is a token of the OAuth app", "personal access tokens only")
}

// The token stays when it is moved.
func TestRotating_moved(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	sim := newInstance(t)
	plain := "resource \"ghes_authorization\" \"ci\" {\n  note_prefix = \"ci-\"\n}\n"
	w := newWorkspace(t, sim.config(plain), WithClock(sim.now))
	w.must(0, "apply", "-auto-approve")
	token := sim.Authorizations()[0].Token
	move := func(from, to string) string { return fmt.Sprintf("moved {\n  from = %s\n  to   = %s\n}\n", from, to) }

	w.write("main.tf", sim.config(rotating("")+move("ghes_authorization.ci", rotatingAddress)))
	if isOpenTofu && !cliOlderThan("1.12") { // keeps the identity, which the other type does not have
		contains(t, w.must(1, "plan"), "Resource identity managed by newer provider version")
		w.write("main.tf", sim.config(rotating("")))
		w.shell(w.dir, "terraform state rm ghes_authorization.ci")
		w.must(0, "import", rotatingAddress, "1")
		w.must(0, "apply", "-auto-approve")
		sim.checkIDs(t, 1)
		return
	}
	contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
	sim.checkIDs(t, 1)
	if state := w.rotating(); state.Token == nil || *state.Token != token {
		t.Errorf("the state has %+v, not the token %q", state, token)
	}

	w.write("main.tf", sim.config(plain+move(rotatingAddress, "ghes_authorization.ci")))
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	sim.checkIDs(t, 1)
	if tokens := w.tokens(); tokens[1] != token {
		t.Errorf("the state has token %q, not %q", tokens[1], token)
	}
}

// A move that would leave a token that nothing revokes, or that no rotation can replace, is refused.
func TestRotating_notMoved(t *testing.T) {
	t.Parallel()
	needsCLI(t, oldestMove)
	sim, w := rotatedWorkspace(t)
	w.write("main.tf", sim.config("resource \"ghes_authorization\" \"ci\" {\n  note_prefix = \"ci-\"\n}\nmoved {\n  from = ghes_rotating_authorization.ci\n  to   = ghes_authorization.ci\n}\n"))
	contains(t, w.must(1, "plan"), "still has the previous token, of authorization 1")

	app := newInstance(t)
	v := newWorkspace(t, app.config(fmt.Sprintf("resource \"ghes_authorization\" \"ci\" {\n  client_id = %q\n  client_secret = %q\n}\n", testClientID, testSecret)))
	v.must(0, "apply", "-auto-approve")
	v.write("main.tf", app.config(rotating("")+"moved {\n  from = ghes_authorization.ci\n  to   = ghes_rotating_authorization.ci\n}\n"))
	contains(t, v.must(1, "plan"), "is for an OAuth app")
}

// A plan that cannot know note_prefix after an import is an error, and not a token without a note.
func TestRotating_ignoredPrefix(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.elsewhere(ghessim.Authorization{Note: new("ci-1")})
	w := newWorkspace(t, sim.config(rotating("lifecycle { ignore_changes = [note_prefix] }")), WithClock(sim.now))
	w.must(0, "import", rotatingAddress, "1")
	contains(t, w.must(1, "plan"), "Error: Missing note_prefix", "Remove note_prefix from ignore_changes")
}
