package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The days can be changed in place. The next plan does what the change made due.
func TestRotating_days(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	sim.advance(20)
	days := func(rotate, overlap int) {
		w.write("main.tf", sim.config(fmt.Sprintf(`
resource "ghes_rotating_authorization" "ci" {
  note_prefix       = "ci-"
  rotate_after_days = %d
  overlap_days      = %d
}`, rotate, overlap)))
	}
	days(10, 2)
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: The token of authorization 1 is due for rotation", "the next plan that refreshes rotates it", "1 changed")
	sim.checkIDs(t, 1)
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: The token of authorization 1 will be rotated", "with rotate_after_days = 10 it was due at")
	sim.checkIDs(t, 1, 2)

	days(10, 5)
	sim.advance(3)
	contains(t, w.must(0, "apply", "-auto-approve"), "1 changed") // the previous one stays, although it was due
	sim.checkIDs(t, 1, 2)
	w.must(0, "plan", "-detailed-exitcode")

	days(100, 0)
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Authorization 1 is due to be revoked", "1 changed")
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Authorization 1 will be revoked", "1 changed")
	sim.checkIDs(t, 2)
	sim.advance(50)
	w.must(0, "plan", "-detailed-exitcode")
}

// A saved plan does what it showed, even if it is applied later.
func TestRotating_savedPlan(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	sim.advance(29)
	w.write("main.tf", sim.config(rotating(`scopes = ["repo"]`)))
	w.must(2, "plan", "-out=saved.tfplan", "-detailed-exitcode")
	sim.advance(2)
	w.must(0, "apply", "saved.tfplan")
	sim.checkIDs(t, 1)
	w.must(2, "plan", "-out=saved.tfplan", "-detailed-exitcode")
	sim.advance(1)
	w.must(0, "apply", "saved.tfplan")
	sim.checkIDs(t, 1, 2)
	w.must(0, "plan", "-detailed-exitcode")
}

// Time alone changes nothing in the state.
func TestRotating_stateIsStill(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	before := w.read("terraform.tfstate")
	sim.advance(5)
	w.must(0, "apply", "-auto-approve", "-refresh-only")
	if after := w.read("terraform.tfstate"); after != before {
		t.Errorf("the state was\n%s\nand is\n%s", before, after)
	}
}

// A replacement has no overlap, and says so.
func TestRotating_replaced(t *testing.T) {
	t.Parallel()
	sim, w := rotatedWorkspace(t)
	w.write("main.tf", sim.config(strings.Replace(rotating(`rotate_when_changed = { a = 1 }`), `"ci-"`, `"cd-"`, 1)))
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: A replacement has no overlap", "revokes authorizations 1 and 2 in the same apply", "1 added, 0 changed, 1 destroyed")
	sim.checkIDs(t, 3)
}

func TestRotating_refused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ config, says string }{
		"overlap too long":   {rotating("")[:strings.Index(rotating(""), "overlap_days")] + "overlap_days = 30\n}", "Set overlap_days, whose default is 1, to less than rotate_after_days"},
		"default too long":   {"resource \"ghes_rotating_authorization\" \"ci\" {\n  note_prefix = \"ci-\"\n  rotate_after_days = 1\n}", "Set overlap_days, whose default is 1"},
		"half a day":         {"resource \"ghes_rotating_authorization\" \"ci\" {\n  note_prefix = \"ci-\"\n  rotate_after_days = 0.5\n}", "rotate_after_days"},
		"negative overlap":   {"resource \"ghes_rotating_authorization\" \"ci\" {\n  note_prefix = \"ci-\"\n  rotate_after_days = 5\n  overlap_days = -1\n}", "overlap_days"},
		"no prefix":          {"resource \"ghes_rotating_authorization\" \"ci\" {\n  note_prefix = \"\"\n  rotate_after_days = 5\n}", "note_prefix"},
		"a key that is none": {rotating(`encrypt_token = { sealed_box_key = "made-up" }`), "sealed_box_key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(test.config))
			contains(t, w.must(1, "validate"), test.says)
		})
	}
}

// 200 of them are read from the list.
func TestRotating_many(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := func(arguments string) string { return sim.config(rotating("count = 200\n" + arguments)) }
	w := newWorkspace(t, config(""), WithClock(sim.now))
	w.must(0, "apply", "-auto-approve", "-parallelism=20")
	w.write("main.tf", config(`rotate_when_changed = { a = 1 }`))
	w.must(0, "apply", "-auto-approve", "-parallelism=20")
	if n := len(sim.ids()); n != 400 {
		t.Fatalf("the server has %d authorizations, want 400", n)
	}
	sim.forget()
	w.must(0, "plan", "-detailed-exitcode")
	if n := len(sim.sent()); n > 2*4+10 {
		t.Errorf("sent %d requests for a refresh of 400 tokens", n)
	}
}

// A change of overlap_days moves revoke_at by the difference, also if the current token is younger than the overlap.
func TestRotating_overlapMoved(t *testing.T) {
	t.Parallel()
	sim, w := rotatedWorkspace(t)
	before := must(time.Parse(time.RFC3339, w.rotating().Previous.RevokeAt))
	sim.advance(1)
	sim.RevokeAuthorization(2)
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", strings.Replace(w.read("main.tf"), "overlap_days      = 2", "overlap_days      = 1", 1))
	w.must(0, "apply", "-auto-approve")
	if got, want := w.rotating().Previous.RevokeAt, before.Add(-24*time.Hour).Format(time.RFC3339); got != want {
		t.Errorf("revoke_at is %s, want %s", got, want)
	}
}

// Values of the encryption that are unknown in the plan and turn out to be the same ones change nothing.
func TestRotating_unknownEncryption(t *testing.T) {
	t.Parallel()
	config := func(n int) string {
		return rotating("encrypt_token = terraform_data.d.output > 0 ? null : { age_recipients = [\"age1\"] }") + fmt.Sprintf("resource \"terraform_data\" \"d\" { input = %d }\n", n)
	}
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(config(1)), WithClock(sim.now))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", sim.config(config(2)))
	contains(t, w.must(0, "apply", "-auto-approve"), "encrypt_token has a value that is only known after the apply")
	sim.checkIDs(t, 1)
	w.must(0, "plan", "-detailed-exitcode")
}
