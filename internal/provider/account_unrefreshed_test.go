package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// A replacement does not delete the authorization of another server with the same ID.
func TestAccount_createBeforeDestroy(t *testing.T) {
	t.Parallel()
	a, w := applied(t)
	b := newInstance(t)
	w.write("main.tf", b.config(`resource "ghes_authorization" "test" {
  note_prefix = "new-"
  lifecycle { create_before_destroy = true }
}`))
	contains(t, w.must(1, "apply", "-auto-approve", "-refresh=false"), "Error: Unable to delete authorization", "The state records another account for authorization 1")
	if len(a.Authorizations()) != 1 || len(b.Authorizations()) != 1 {
		t.Errorf("A has %+v, B has %+v", a.Authorizations(), b.Authorizations())
	}
}

// Without a refresh before an update, its response shows that the ID was reused.
func TestAccount_idReusedUpdate(t *testing.T) {
	t.Parallel()
	sim, w := applied(t)
	w.write("main.tf", strings.Replace(w.read("main.tf"), `"ci"`, `"ci 2"`, 1))
	w.must(0, "plan", "-out=saved.tfplan")
	sim.EditAuthorization(1, func(a *ghessim.Authorization) { a.CreatedAt = a.CreatedAt.Add(time.Hour) })
	contains(t, w.must(1, "apply", "saved.tfplan"), "Error: Unable to update authorization", "is not the one in state", "the server has already changed that authorization")
	contains(t, w.must(1, "plan"), "Error: Unable to read authorization")
}
