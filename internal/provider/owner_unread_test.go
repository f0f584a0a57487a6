package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// What another server happens to give the same number is not what is replaced.
func TestOwner_createBeforeDestroy(t *testing.T) {
	t.Parallel()
	a, w := owned(t)
	b := newInstance(t)
	w.write("main.tf", b.config(`resource "ghes_authorization" "test" {
  note_prefix = "new-"
  lifecycle { create_before_destroy = true }
}`))
	contains(t, w.must(1, "apply", "-auto-approve", "-refresh=false"), "Error: Unable to delete authorization", "recorded as of")
	if len(a.Authorizations()) != 1 || len(b.Authorizations()) != 1 {
		t.Errorf("A has %+v, B has %+v", a.Authorizations(), b.Authorizations())
	}
}

// Where nothing is read before a change, its answer tells a stranger.
func TestOwner_strangerChanged(t *testing.T) {
	t.Parallel()
	sim, w := owned(t)
	w.write("main.tf", strings.Replace(w.read("main.tf"), `"ci"`, `"ci 2"`, 1))
	w.must(0, "plan", "-out=saved.tfplan")
	sim.EditAuthorization(1, func(a *ghessim.Authorization) { a.CreatedAt = a.CreatedAt.Add(time.Hour) })
	contains(t, w.must(1, "apply", "saved.tfplan"), "Error: Unable to update authorization", "is another one than that in the state", "It has been changed")
	contains(t, w.must(1, "plan"), "Error: Unable to read authorization")
}
