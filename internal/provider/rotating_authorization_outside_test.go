package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// After any change outside of Terraform, the next apply ends with a token that works, and the previous one stays
// valid until revoke_at.
func TestRotating_changedOutside(t *testing.T) {
	t.Parallel()
	reset := func(id int64) func(*testing.T, *instance) {
		return func(t *testing.T, sim *instance) { t.Helper(); sim.ResetToken(id) }
	}
	remove := func(id int64) func(*testing.T, *instance) {
		return func(t *testing.T, sim *instance) { t.Helper(); sim.RevokeAuthorization(id) }
	}
	for name, test := range map[string]struct {
		happens func(*testing.T, *instance)
		says    string
		left    []int64 // afterwards; the last one is the current
	}{
		"current deleted":  {remove(2), "It no longer exists on the server", []int64{1, 3}},
		"current reset":    {reset(2), "Its token was reset outside of Terraform", []int64{1, 3}},
		"previous deleted": {remove(1), "which had the previous token", []int64{2}},
		"previous reset":   {reset(1), "No changes", []int64{1, 2}},
		"both deleted":     {func(t *testing.T, sim *instance) { t.Helper(); remove(1)(t, sim); remove(2)(t, sim) }, "It no longer exists on the server", []int64{3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, w := rotatedWorkspace(t)
			test.happens(t, sim)
			output := w.must(0, "apply", "-auto-approve")
			contains(t, output, test.says)
			sim.checkIDs(t, test.left...)
			w.must(0, "plan", "-detailed-exitcode")
			state := w.rotating()
			current, _ := sim.Authorization(state.ID)
			if state.Token == nil || *state.Token != current.Token || state.ID != test.left[len(test.left)-1] {
				t.Errorf("the state is %+v, and the server has %+v", state, sim.Authorizations())
			}
			sim.advance(3)
			w.must(0, "apply", "-auto-approve")
			sim.checkIDs(t, state.ID)
		})
	}
}

// A token without a previous one that was reset or deleted is rotated, too.
func TestRotating_changedOutsideAlone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		happens func(*instance)
		left    []int64
	}{
		"deleted": {func(sim *instance) { sim.RevokeAuthorization(1) }, []int64{2}},
		"reset":   {func(sim *instance) { sim.ResetToken(1) }, []int64{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, w := rotatingWorkspace(t, "")
			test.happens(sim)
			contains(t, w.must(0, "apply", "-auto-approve"), "Warning: The token of authorization 1 will be rotated", "1 changed, 0 destroyed")
			sim.checkIDs(t, test.left...)
			w.must(0, "plan", "-detailed-exitcode")
			w.must(0, "destroy", "-auto-approve")
			sim.checkIDs(t)
		})
	}
}

// The wrong server or user is refused before anything is sent, and an ID that belongs to something else
// is not touched.
func TestRotating_otherAccount(t *testing.T) {
	t.Parallel()
	sim, w := rotatedWorkspace(t)
	other := newInstance(t)
	for range 2 {
		other.elsewhere(ghessim.Authorization{Note: new(fmt.Sprint("theirs-", len(other.others)))})
	}
	w.write("main.tf", strings.ReplaceAll(w.read("main.tf"), sim.url, other.url))
	contains(t, w.must(1, "apply", "-auto-approve", "-refresh=false", "-destroy"), "The state records another account for authorization", "Nothing was sent")
	other.checkIDs(t, 1, 2)
	other.RevokeAuthorization(1)
	other.RevokeAuthorization(2)
	contains(t, w.must(1, "plan"), "where no authorization has this ID")
}

// An ID that the server has given to another authorization is not touched.
func TestRotating_reusedID(t *testing.T) {
	t.Parallel()
	for _, id := range []int64{1, 2} {
		t.Run(fmt.Sprint(id), func(t *testing.T) {
			t.Parallel()
			sim, w := rotatedWorkspace(t)
			sim.RevokeAuthorization(id)
			sim.advance(10)
			sim.AddAuthorization(ghessim.Authorization{ID: id, Note: new("theirs")})
			contains(t, w.must(1, "apply", "-auto-approve"), fmt.Sprintf("Authorization %d is not the one in state", id), "Nothing was changed")
			w.write("main.tf", sim.config(rotating("rotate_when_changed = { a = 1 }\nscopes = [\"repo\"]")))
			contains(t, w.must(1, "apply", "-auto-approve", "-refresh=false"), fmt.Sprintf("Authorization %d is not the one in state", id))
			if theirs, _ := sim.Authorization(id); *theirs.Note != "theirs" {
				t.Errorf("the server has %+v", theirs)
			}
		})
	}
}

// After one Ctrl-C in the middle of rotations, each token on the server is in the state. The next apply
// rotates the rest.
func TestRotating_interrupted(t *testing.T) {
	t.Parallel()
	for name, newWorkspace := range workspaces {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			config := func(n int) string {
				return sim.config(rotating(fmt.Sprintf("count = 30\nrotate_when_changed = { a = %d }", n)))
			}
			w := newWorkspace(t, config(0))
			w.must(0, "apply", "-auto-approve", "-parallelism=30")
			w.write("main.tf", config(1))
			var creates atomic.Int64
			twelfth := make(chan bool)
			sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == http.MethodPost && creates.Add(1) == 12 {
					close(twelfth)
				}
				time.Sleep(150 * time.Millisecond)
				next.ServeHTTP(w, r)
				time.Sleep(150 * time.Millisecond)
			})
			w.interrupt(1, func() { <-twelfth })
			sim.Intercept(nil)
			state := w.state()
			for _, a := range sim.Authorizations() {
				if !strings.Contains(state, fmt.Sprintf(`"id": %d,`, a.ID)) {
					t.Errorf("authorization %d is not in the state", a.ID)
				}
			}
			if n := len(sim.ids()); n < 42 || n == 60 {
				t.Errorf("the server has %d authorizations", n)
			}
			w.must(0, "apply", "-auto-approve")
			w.must(0, "plan", "-detailed-exitcode")
			if n := len(sim.ids()); n != 60 {
				t.Errorf("the server has %d authorizations, want 60", n)
			}
		})
	}
}

// With -replace, the ledger sees that the token of another object is revoked.
func TestRotating_replacedTwiceManaged(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(*instance, *workspace){
		"current":  func(*instance, *workspace) {},
		"previous": rotate,
		"after a failed destroy": func(sim *instance, w *workspace) {
			w.write("main.tf", sim.config(strings.Replace(rotating(""), `"ci-"`, `"cx-"`, 1)))
			sim.inject(map[string]fault{http.MethodDelete: respond(http.StatusUnprocessableEntity, `{"message":"Validation Failed"}`)})
			w.must(1, "apply", "-auto-approve")
			sim.Intercept(nil)
			w.write("main.tf", sim.config(rotating("")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, w := rotatingWorkspace(t, "")
			note := w.rotating().Note
			before(sim, w)
			w.write("main.tf", w.read("main.tf")+"resource \"ghes_authorization\" \"b\" {\n  note = \""+note+"\"\n}\n")
			w.must(0, "import", "ghes_authorization.b", "1")
			ids := sim.ids()
			contains(t, w.must(1, "apply", "-auto-approve", "-replace="+rotatingAddress), "Error: Authorization 1 is managed twice")
			sim.checkIDs(t, ids...)
		})
	}
}

// If only the previous token can be changed, the apply says so, because the state does not have its scopes.
func TestRotating_incompleteUpdate(t *testing.T) {
	t.Parallel()
	sim, w := rotatedWorkspace(t)
	w.write("main.tf", sim.config(rotating("rotate_when_changed = { a = 1 }\nscopes = [\"gist\"]")))
	sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/2") {
			next = http.NotFoundHandler()
		}
		next.ServeHTTP(w, r)
	})
	contains(t, w.must(1, "apply", "-auto-approve"), "The update is incomplete", "The server has already changed authorization 1.", "with the same configuration")
	sim.Intercept(nil)
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	for _, a := range sim.Authorizations() {
		if !slices.Equal(a.Scopes, []string{"gist"}) {
			t.Errorf("the server has %+v", a)
		}
	}
}

// If the current token is deleted after the overlap has ended, the previous one is valid until the apply after the rotation.
func TestRotating_deletedAfterOverlap(t *testing.T) {
	t.Parallel()
	sim, w := rotatedWorkspace(t)
	sim.advance(3)
	sim.RevokeAuthorization(2)
	contains(t, w.must(0, "apply", "-auto-approve"), "the previous token, of authorization 1, stays valid until the next apply, because no other token works.")
	sim.checkIDs(t, 1, 3)
	contains(t, w.must(0, "apply", "-auto-approve"), "Authorization 1 will be revoked")
	sim.checkIDs(t, 3)
	w.must(0, "plan", "-detailed-exitcode")
}

// If a rotation changes the scopes too, and no token can be created, the state has the scopes of the server.
func TestRotating_scopesWithoutRotation(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	w.write("main.tf", sim.config(rotating("scopes = [\"gist\"]\nrotate_when_changed = { a = 1 }")))
	sim.inject(map[string]fault{http.MethodPost: respond(http.StatusUnprocessableEntity, `{"message":"Validation Failed"}`)})
	contains(t, w.must(1, "apply", "-auto-approve"), "Authorization 1 keeps the current token. The server has already changed authorization 1.")
	sim.Intercept(nil)
	sim.checkIDs(t, 1)
	if a, _ := sim.Authorization(1); !slices.Equal(a.Scopes, []string{"gist"}) || !slices.Equal(w.rotating().Scopes, a.Scopes) {
		t.Errorf("the server has %+v, and the state %+v", a, w.rotating())
	}
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	sim.checkIDs(t, 1, 2)
}

// A response without the token leaves the current token in use, and no authorization behind.
func TestRotating_tokenNotShown(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	w.write("main.tf", sim.config(rotating(`rotate_when_changed = { a = 1 }`)))
	sim.inject(map[string]fault{http.MethodPost: changed(`"token":`, `"other":`)})
	output := w.must(1, "apply", "-auto-approve")
	contains(t, output, "did not show the token of authorization 2, so the provider revoked it", "Authorization 1 keeps the current token")
	containsNone(t, output, "Authorization created")
	sim.checkIDs(t, 1)
	sim.Intercept(nil)
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	sim.checkIDs(t, 1, 3)
}

// A server under a new name is followed, also if the previous token was deleted in the meantime.
func TestRotating_renamedServer(t *testing.T) {
	t.Parallel()
	sim, w := rotatedWorkspace(t)
	sim.RevokeAuthorization(1)
	w.write("main.tf", strings.ReplaceAll(w.read("main.tf"), "127.0.0.1", "localhost"))
	contains(t, w.must(0, "apply", "-auto-approve", "-refresh-only"), "Authorization 1 no longer exists")
	w.must(0, "plan", "-detailed-exitcode")
}
