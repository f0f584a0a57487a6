package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// triggering returns an authorization whose events trigger an action that revokes all
// authorizations with a prefix, an expression. More is for the trigger.
func triggering(events, prefix, more string) string {
	return strings.NewReplacer("EVENTS", events, "PREFIX", prefix, "MORE", more).Replace(`
variable "scope" { default = "repo" }
variable "v" { default = "1" }
variable "n" { default = 1 }
variable "cbd" { default = false }
resource "ghes_authorization" "ci" {
  count               = var.n
  note_prefix         = "ci "
  scopes              = [var.scope]
  rotate_when_changed = { v = var.v }
  lifecycle {
    action_trigger {
      events  = [EVENTS]
      actions = [action.ghes_revoke_authorizations.left]
      MORE
    }
  }
}
action "ghes_revoke_authorizations" "left" {
  config {
    note_prefix = PREFIX
  }
}
`)
}

// Events, by the version of Terraform that brought them.
const (
	eventsOf114 = "before_create, after_create, before_update, after_update"
	eventsOf116 = "before_destroy, after_destroy"
)

// eventsHere returns all events that the CLI knows.
func eventsHere() []string {
	events := strings.Split(eventsOf114, ", ")
	if !cliOlderThan("1.16") {
		events = append(events, strings.Split(eventsOf116, ", ")...)
	}
	return events
}

// applyEvent brings the event about, of authorization 1, with arguments for the CLI.
func (w *workspace) applyEvent(event string, code int) string {
	w.t.Helper()
	switch _, change, _ := strings.Cut(event, "_"); change {
	case "create":
		return w.must(code, "apply", "-auto-approve")
	case "update":
		return w.must(code, "apply", "-auto-approve", "-var=scope=gist")
	default:
		return w.must(code, "apply", "-auto-approve", "-var=n=0")
	}
}

// newTriggered returns a workspace in which the event of authorization 1 comes next.
func newTriggered(t *testing.T, event, prefix, more string) (*instance, *workspace) {
	t.Helper()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(triggering(event, prefix, more)))
	if !strings.HasSuffix(event, "create") {
		w.must(0, "apply", "-auto-approve")
	}
	sim.forget()
	return sim, w
}

// changes returns the requests that change something, as methods and last parts of paths.
func (i *instance) changes() []string {
	var changes []string
	for _, sent := range i.sent() {
		if method, path, _ := strings.Cut(sent, " "); method != http.MethodGet {
			changes = append(changes, method+" "+path[strings.LastIndex(path, "/")+1:])
		}
	}
	return changes
}

// The action runs before or after its event, and the plan says so.
func TestActions_events(t *testing.T) {
	t.Parallel()
	needsQueriesAndActions(t)
	for _, event := range eventsHere() {
		t.Run(event, func(t *testing.T) {
			t.Parallel()
			sim, w := newTriggered(t, event, `"left "`, "")
			sim.AddAuthorization(ghessim.Authorization{ID: 7, Note: new("left behind")})
			contains(t, w.applyEvent(event, 0), "Actions: 1 to invoke.", `Revoking authorization 7 (note "left behind"`, "Revoked: 1, already revoked: 0", "Actions: 1 invoked.")
			when, change, _ := strings.Cut(event, "_")
			want := []string{"DELETE 7", map[string]string{"create": "POST authorizations", "update": "PATCH 1", "destroy": "DELETE 1"}[change]}
			if when == "after" {
				slices.Reverse(want)
			}
			if got := sim.changes(); !slices.Equal(got, want) {
				t.Errorf("sent %q, want %q", got, want)
			}
		})
	}
}

// A resource whose block is removed triggers nothing: its triggers are removed with it.
func TestActions_removedBlock(t *testing.T) {
	t.Parallel()
	needsTerraform(t, "1.16")
	sim, w := newTriggered(t, eventsOf116, `"left "`, "")
	sim.AddAuthorization(ghessim.Authorization{ID: 7, Note: new("left behind")})
	w.write("main.tf", sim.config(""))
	w.must(0, "apply", "-auto-approve")
	if sim.only() != 7 {
		t.Errorf("server has %+v", sim.Authorizations())
	}
}

// Earlier versions refuse the features of 1.16.
func TestActions_refusedByOlder(t *testing.T) {
	t.Parallel()
	needsQueriesAndActions(t)
	if !cliOlderThan("1.16") {
		t.Skip("Terraform 1.16 has all of it")
	}
	for name, test := range map[string]struct{ config, refused string }{
		"before_destroy": {triggering("before_destroy", `"ci "`, ""), `Invalid "event" value before_destroy`},
		"after_destroy":  {triggering("after_destroy", `"ci "`, ""), `Invalid "event" value after_destroy`},
		"on_failure":     {triggering("after_create", `"ci "`, "on_failure = continue"), `An argument named "on_failure" is not expected here`},
		"caller":         {triggering("after_create", "caller.note_prefix", ""), `A managed resource "caller" "note_prefix" has not been declared`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contains(t, newWorkspace(t, newInstance(t).config(test.config)).must(1, "validate"), test.refused)
		})
	}
}

// An action after a create or an update leaves the authorization of its resource alone. One
// before an update revokes it, if its filters match.
func TestActions_ownAuthorization(t *testing.T) {
	t.Parallel()
	needsQueriesAndActions(t)
	for event, test := range map[string]struct {
		code int
		want string
		left int
	}{
		"before_create": {0, "none of 0 authorizations matches", 1},
		"after_create":  {0, "Skipping authorization 1 (", 1},
		"before_update": {1, "PATCH /api/v3/authorizations/1: 404 Not Found", 0},
		"after_update":  {0, "Skipping authorization 1 (", 1},
	} {
		t.Run(event, func(t *testing.T) {
			t.Parallel()
			sim, w := newTriggered(t, event, `"ci "`, "")
			contains(t, w.applyEvent(event, test.code), test.want)
			if n := len(sim.Authorizations()); n != test.left {
				t.Errorf("%d authorizations are left, want %d", n, test.left)
			}
		})
	}
}

// A replacement triggers the events of a create and of a destroy. With create_before_destroy, an
// action after the create finds the previous authorization in Terraform 1.16, and does not in
// older versions.
func TestActions_replacement(t *testing.T) {
	t.Parallel()
	needsQueriesAndActions(t)
	for name, test := range map[string]struct {
		events, lifecycle string
		want              []string // requests of Terraform 1.16
		older             []string // and of older versions, where they differ
	}{
		"destroy first":                   {"after_create", "", []string{"DELETE 1", "POST authorizations"}, nil},
		"destroy first, before_create":    {"before_create", "", []string{"DELETE 1", "POST authorizations"}, []string{"DELETE 1", "DELETE 1", "POST authorizations"}},
		"create first":                    {"after_create", "create_before_destroy = true", []string{"POST authorizations", "DELETE 1", "DELETE 1"}, []string{"POST authorizations", "DELETE 1"}},
		"create first, before_create":     {"before_create", "create_before_destroy = true", []string{"DELETE 1", "POST authorizations", "DELETE 1"}, nil},
		"events of the destroy, 1.16":     {eventsOf116, "", []string{"DELETE 1", "DELETE 1", "POST authorizations"}, nil},
		"events of a late destroy, 1.16":  {eventsOf116, "create_before_destroy = true", []string{"POST authorizations", "DELETE 1", "DELETE 1"}, nil},
		"an update is none of its events": {"before_update, after_update", "", []string{"DELETE 1", "POST authorizations"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := test.want
			if cliOlderThan("1.16") {
				if test.events == eventsOf116 {
					t.Skip("the CLI does not know these events")
				}
				if test.older != nil {
					want = test.older
				}
			}
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(strings.Replace(triggering(test.events, `"ci "`, ""), "lifecycle {", "lifecycle {\n"+test.lifecycle, 1)))
			w.must(0, "apply", "-auto-approve")
			sim.forget()
			w.must(0, "apply", "-auto-approve", "-var=v=2")
			if got := sim.changes(); !slices.Equal(got, want) {
				t.Errorf("sent %q, want %q", got, want)
			}
			if sim.only() != 2 {
				t.Errorf("server has %+v", sim.Authorizations())
			}
			w.must(0, "plan", "-detailed-exitcode", "-var=v=2")
		})
	}
}

// refuseDelete makes the server refuse to delete authorization 7.
func refuseDelete(sim *instance) {
	sim.AddAuthorization(ghessim.Authorization{ID: 7, Note: new("left behind")})
	sim.injectAt(respond(http.StatusForbidden, `{"message":"Not today"}`), "7")
}

// A failed action ends the apply, and nothing retries it: the next plan is that of an apply
// without it. With on_failure it is a warning, or the next plan replaces the authorization.
func TestActions_onFailure(t *testing.T) {
	t.Parallel()
	needsQueriesAndActions(t)
	const failed, unchanged, replaced = "Unable to revoke 1 of 1 authorizations", "No changes.", "is tainted, so must be replaced"
	for name, test := range map[string]struct {
		event, more string
		code        int
		changed     bool   // the event has happened
		then        string // what the next plan says
	}{
		"before_create":           {"before_create", "", 1, false, "1 to add, 0 to change, 0 to destroy. Actions: 1 to invoke"},
		"after_create":            {"after_create", "", 1, true, unchanged},
		"before_update":           {"before_update", "", 1, false, "0 to add, 1 to change, 0 to destroy. Actions: 1 to invoke"},
		"after_update":            {"after_update", "", 1, true, unchanged},
		"before_destroy":          {"before_destroy", "", 1, false, "0 to add, 0 to change, 1 to destroy. Actions: 1 to invoke"},
		"after_destroy":           {"after_destroy", "", 1, true, unchanged},
		"halt, after_create":      {"after_create", "on_failure = halt", 1, true, unchanged},
		"taint, after_create":     {"after_create", "on_failure = taint", 1, true, replaced},
		"taint, after_update":     {"after_update", "on_failure = taint", 1, true, unchanged},
		"taint, before_create":    {"before_create", "on_failure = taint", 1, false, "1 to add, 0 to change, 0 to destroy"},
		"continue, before_create": {"before_create", "on_failure = continue", 0, true, unchanged},
		"continue, after_create":  {"after_create", "on_failure = continue", 0, true, unchanged},
		"continue, before_update": {"before_update", "on_failure = continue", 0, true, unchanged},
		"continue, after_destroy": {"after_destroy", "on_failure = continue", 0, true, unchanged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if cliOlderThan("1.16") && (test.more != "" || strings.HasSuffix(test.event, "destroy")) {
				t.Skip("the CLI does not have it")
			}
			sim, w := newTriggered(t, test.event, `"left "`, test.more)
			refuseDelete(sim)
			severity := map[int]string{0: "Warning: ", 1: "Error: "}[test.code]
			if cliOlderThan("1.16") {
				severity = "" // the error of the CLI quotes that of the action
			}
			contains(t, w.applyEvent(test.event, test.code), severity+failed, "Not revoked: 7")
			changes := slices.DeleteFunc(sim.changes(), func(sent string) bool { return sent == "DELETE 7" })
			if changed := len(changes) > 0; changed != test.changed {
				t.Errorf("sent %q", changes)
			}
			variable := "-var=scope=repo"
			switch {
			case strings.HasSuffix(test.event, "update"):
				variable = "-var=scope=gist"
			case strings.HasSuffix(test.event, "destroy"):
				variable = "-var=n=0"
			}
			contains(t, w.must(0, "plan", variable), test.then)
		})
	}
}

// No failed action stops the command destroy.
func TestActions_onFailureOfDestroy(t *testing.T) {
	t.Parallel()
	needsTerraform(t, "1.16")
	for _, more := range []string{"", "on_failure = halt", "on_failure = taint"} {
		t.Run(more, func(t *testing.T) {
			t.Parallel()
			sim, w := newTriggered(t, "before_destroy", `"left "`, more)
			refuseDelete(sim)
			contains(t, w.must(0, "destroy", "-auto-approve"), "Warning: Unable to revoke 1 of 1 authorizations", "Actions: 1 invoked, 1 failed.")
			if sim.only() != 7 {
				t.Errorf("server has %+v", sim.Authorizations())
			}
		})
	}
}

// Terraform 1.16.0-rc2 also triggers the events after a change that has failed. Older versions do not.
func TestActions_afterFailedChange(t *testing.T) {
	t.Parallel()
	needsQueriesAndActions(t)
	for event, method := range map[string]string{"after_create": http.MethodPost, "after_update": http.MethodPatch} {
		t.Run(event, func(t *testing.T) {
			t.Parallel()
			sim, w := newTriggered(t, event, `"left "`, "")
			sim.AddAuthorization(ghessim.Authorization{ID: 7, Note: new("left behind")})
			sim.inject(map[string]fault{method: respond(http.StatusForbidden, `{"message":"Not today"}`)})
			contains(t, w.applyEvent(event, 1), "403 Forbidden: \"Not today\"")
			_, kept := sim.Authorization(7)
			if kept != cliOlderThan("1.16") {
				t.Errorf("the action ran: %t", !kept)
			}
		})
	}
}

// The configuration of an action has the attributes of the resource that triggers it as caller.
// Attributes that are not known in the plan are so before a create.
func TestActions_caller(t *testing.T) {
	t.Parallel()
	needsTerraform(t, "1.16")
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{ID: 7, Note: new("ci left behind")})
	sim.AddAuthorization(ghessim.Authorization{ID: 8, Note: new("mine")})
	config := triggering("after_create, after_update", "caller.note_prefix", "")
	w := newWorkspace(t, sim.config(config))
	contains(t, w.must(0, "apply", "-auto-approve"), "Skipping authorization 9 (", "Revoking authorization 7 (", "Revoked: 1,")
	sim.AddAuthorization(ghessim.Authorization{ID: 10, Note: new("ci left behind")})
	contains(t, w.must(0, "apply", "-auto-approve", "-var=scope=gist"), "Skipping authorization 9 (", "Revoking authorization 10 (", "Revoked: 1,")
	if left := authorizationIDs(sim.Authorizations()); !slices.Equal(left, []string{"8", "9"}) {
		t.Errorf("left %q", left)
	}

	w = newWorkspace(t, sim.config(triggering("before_create", "caller.note", "")))
	contains(t, w.must(1, "apply", "-auto-approve"), "Error: Action configuration unknown during apply")
	if left := authorizationIDs(sim.Authorizations()); !slices.Equal(left, []string{"8", "9"}) {
		t.Errorf("left %q", left)
	}
}

// An action that refers to its triggering resource by name is part of a cycle.
func TestActions_triggerByName(t *testing.T) {
	t.Parallel()
	needsQueriesAndActions(t)
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(triggering("before_update", "ghes_authorization.ci[0].note_prefix", "")))
	output := w.must(1, "apply", "-auto-approve")
	if !strings.Contains(strings.ToLower(output), "cycle") {
		t.Errorf("no cycle in:\n%s", output)
	}
	none(t, sim)
}
