package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// listAuthorizations is the request for the first page of the user's authorizations.
const listAuthorizations = "GET /api/v3/authorizations?page=1&per_page=100"

const (
	managedTwice     = "Error: Authorization 1 is managed twice"
	managedTwiceOnly = "Warning: Authorization 1 is managed twice"
)

// twin is a resource for the authorization with note "ci".
func twin(name, arguments string) string {
	return fmt.Sprintf("resource \"ghes_authorization\" %q {\n  note = \"ci\"\n  %s\n}\n", name, arguments)
}

// twins returns a workspace in which the resources a and b have imported authorization 1,
// and b depends on a.
func twins(t *testing.T) (*instance, *workspace) {
	t.Helper()
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{Note: new("ci"), Scopes: []string{"gist"}})
	w := newWorkspace(t, sim.config(twin("a", `scopes = ["gist"]`)+twin("b", "scopes = [\"gist\"]\n  depends_on = [ghes_authorization.a]")))
	w.must(0, "import", "ghes_authorization.a", "1")
	w.must(0, "import", "ghes_authorization.b", "1")
	sim.forget()
	return sim, w
}

// If two resources have the same authorization, no plan changes or revokes it for one of
// them only. Removing a or b covers both orders, because b depends on a.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	const gist = `scopes = ["gist"]`
	forgotten := "b will no longer be managed by Terraform"
	if onOpenTofu() {
		forgotten = "b will be removed from the OpenTofu state but will not be destroyed"
	}
	for name, test := range map[string]struct {
		config string
		args   []string
		want   string
	}{
		"nothing changes":        {twin("a", gist) + twin("b", gist), nil, managedTwiceOnly},
		"one removed":            {twin("a", gist), nil, managedTwice},
		"the other one removed":  {twin("b", gist), nil, managedTwice},
		"without a refresh":      {twin("a", gist), []string{"-refresh=false"}, managedTwice},
		"in parallel":            {twin("b", gist), []string{"-parallelism=10"}, managedTwice},
		"other scopes":           {twin("a", gist) + twin("b", `scopes = ["repo"]`), nil, managedTwice},
		"other scopes, first":    {twin("a", `scopes = ["repo"]`) + twin("b", gist+"\ndepends_on = [ghes_authorization.a]"), nil, managedTwice},
		"both with other scopes": {twin("a", `scopes = ["repo"]`) + twin("b", `scopes = ["repo"]`), nil, managedTwice},
		"one replaced":           {twin("a", gist) + twin("b", gist), []string{"-replace=ghes_authorization.a"}, managedTwice},
		"the other one replaced": {twin("a", gist) + twin("b", gist+"\ndepends_on = [ghes_authorization.a]"), []string{"-replace=ghes_authorization.b"}, managedTwice},
		"replaced and removed":   {twin("a", gist), []string{"-replace=ghes_authorization.a"}, managedTwice},
		"renamed":                {twin("a", gist) + twin("c", gist), nil, managedTwice},
		"renamed and adopted":    {twin("a", gist) + twin("c", gist+"\non_existing = \"adopt\""), nil, managedTwice},
		"triggered": {"resource \"terraform_data\" \"t\" {\n  input = \"1\"\n}\n" + twin("a", gist) +
			twin("b", gist+"\nlifecycle { replace_triggered_by = [terraform_data.t] }"), nil, managedTwice},
		"both removed":            {"", nil, "2 to destroy"},
		"one forgotten":           {twin("a", gist) + "removed {\n  from = ghes_authorization.b\n  lifecycle { destroy = false }\n}\n", nil, forgotten},
		"forgotten and rewritten": {twin("a", `scopes = ["repo"]`) + "removed {\n  from = ghes_authorization.b\n  lifecycle { destroy = false }\n}\n", nil, "0 to add, 1 to change, 0 to destroy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(test.config, "removed {") && onOpenTofu() && cliOlderThan("1.10") {
				t.Skip("the CLI has no removed blocks that forget")
			}
			sim, w := twins(t)
			w.write("main.tf", sim.config(test.config))
			code := 0
			if test.want == managedTwice {
				code = 1
			}
			if name == "triggered" {
				w.must(0, "apply", "-auto-approve", "-target=terraform_data.t")
				w.write("main.tf", sim.config(strings.Replace(test.config, `input = "1"`, `input = "2"`, 1)))
			}
			args := append([]string{"plan", "-out=saved", "-parallelism=1"}, test.args...)
			output := w.must(code, args...)
			contains(t, output, test.want)
			if n := strings.Count(output, managedTwice); n > 1 && !strings.HasPrefix(name, "renamed") { // which are three
				t.Errorf("%d errors:\n%s", n, output)
			}
			if code == 1 {
				contains(t, output, fmt.Sprintf("authorization 1 of user %q on %s", testUser, sim.host()), "removed block", "terraform state rm", "Nothing was changed.")
				w.must(1, append([]string{"apply", "-auto-approve"}, test.args...)...)
				w.must(1, "apply", "saved")
			} else {
				w.must(0, "apply", "saved")
			}
			if _, ok := sim.Authorization(1); ok == (name == "both removed") {
				t.Errorf("authorization 1 is on the server: %t\n%s", ok, output)
			}
		})
	}
}

// All objects of an authorization can be destroyed at once.
func TestDuplicates_destroy(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-parallelism=1"}, {"-parallelism=10"}, {"-refresh=false"}} {
		sim, w := twins(t)
		contains(t, w.must(0, append([]string{"destroy", "-auto-approve"}, args...)...), "2 destroyed")
		if all := sim.Authorizations(); len(all) != 0 {
			t.Errorf("%q: server has %+v", args, all)
		}
	}
}

// The provider does not see objects that Terraform does not show it. The guide about imports
// says so.
func TestDuplicates_unseen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(w *workspace)
		args    []string
	}{
		"target":  {func(*workspace) {}, []string{"-target=ghes_authorization.b"}},
		"tainted": {func(w *workspace) { w.must(0, "taint", "ghes_authorization.b") }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, w := twins(t)
			test.prepare(w)
			if name == "target" {
				w.write("main.tf", sim.config(twin("a", `scopes = ["gist"]`)))
			}
			w.must(0, append([]string{"apply", "-auto-approve"}, test.args...)...)
			if _, ok := sim.Authorization(1); ok {
				t.Error("the authorization was not revoked")
			}
		})
	}
}

// Each provider block has a process of its own, so the provider does not see the
// objects of another block either.
func TestDuplicates_unseenProvider(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{Note: new("ci")})
	a := sim.config(twin("a", "")) + fmt.Sprintf("provider \"ghes\" {\n  alias = \"other\"\n  base_url = %q\n  username = %q\n  password = %q\n}\n", sim.url, testUser, testPassword)
	w := newBinaryWorkspace(t, a+twin("b", "provider = ghes.other"))
	w.must(0, "import", "ghes_authorization.a", "1")
	w.must(0, "import", "ghes_authorization.b", "1")
	containsNone(t, w.must(0, "plan"), "managed twice")
	w.write("main.tf", a)
	w.must(0, "apply", "-auto-approve")
	if _, ok := sim.Authorization(1); ok {
		t.Error("the authorization was not revoked")
	}
}

// An import block for an ID that another resource has is in the plan.
func TestDuplicates_importBlock(t *testing.T) {
	t.Parallel()
	for scopes, want := range map[string]string{"gist": managedTwiceOnly, "repo": managedTwice} {
		sim, w := twins(t)
		w.shell(w.dir, "terraform state rm ghes_authorization.b")
		w.write("main.tf", sim.config(twin("a", `scopes = ["gist"]`)+twin("b", fmt.Sprintf("scopes = [%q]", scopes))+"import {\n  to = ghes_authorization.b\n  id = \"1\"\n}\n"))
		code := 0
		if want == managedTwice {
			code = 1
		}
		contains(t, w.must(code, "plan"), want)
	}
}

// A removed block or a new import ends the error that a removed resource causes.
func TestDuplicates_waysOut(t *testing.T) {
	t.Parallel()
	sim, w := twins(t)
	w.write("main.tf", sim.config(twin("a", `scopes = ["gist"]`)))
	w.must(1, "plan")
	w.shell(w.dir, "terraform state rm ghes_authorization.b")
	w.must(0, "plan", "-detailed-exitcode")
	w.shell(w.dir, "terraform state rm ghes_authorization.a")
	w.must(0, "import", "ghes_authorization.a", "1")
	w.must(0, "plan", "-detailed-exitcode")
	if sim.only() != 1 {
		t.Errorf("server has %+v", sim.Authorizations())
	}
}
