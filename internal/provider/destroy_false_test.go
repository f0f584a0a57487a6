package provider

import (
	"slices"
	"strings"
	"testing"
)

// keptConfig has an authorization with destroy = false.
func keptConfig(arguments, lifecycle string) string {
	return strings.NewReplacer("ARGUMENTS", arguments, "LIFECYCLE", lifecycle).Replace(`
variable "v" { default = "1" }
variable "n" { default = 1 }
resource "ghes_authorization" "ci" {
  count               = var.n
  rotate_when_changed = { v = var.v }
  ARGUMENTS
  lifecycle {
    destroy = false
    LIFECYCLE
  }
}
`)
}

const withPrefix = `note_prefix = "ci "`

// needsDestroyFalse skips a test if the CLI has no destroy = false in resources.
func needsDestroyFalse(t *testing.T) {
	t.Helper()
	if isOpenTofu {
		needsCLI(t, "1.12")
	} else {
		needsCLI(t, "1.16")
	}
}

// A destroy leaves the token valid. OpenTofu then fails, unless it is told not to.
func TestDestroyFalse_destroy(t *testing.T) {
	t.Parallel()
	needsDestroyFalse(t)
	for name, args := range map[string][]string{
		"destroy": {"destroy", "-auto-approve"},
		"count":   {"apply", "-auto-approve", "-var=n=0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(keptConfig(withPrefix, "")))
			w.must(0, "apply", "-auto-approve")
			sim.forget()
			if name == "destroy" && isOpenTofu {
				contains(t, w.must(1, args...), "Destroy was successful but left behind forgotten instances")
				w.must(0, append(args, "-suppress-forget-errors")...)
			} else {
				w.must(0, args...)
			}
			onlyReads(t, sim)
			contains(t, w.must(0, "plan"), "1 to add, 0 to change, 0 to destroy")
			if sim.only() != 1 {
				t.Errorf("server has %+v", sim.Authorizations())
			}
		})
	}
}

// When the block is removed, Terraform revokes the token, and OpenTofu leaves it valid.
func TestDestroyFalse_removedBlock(t *testing.T) {
	t.Parallel()
	needsDestroyFalse(t)
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(keptConfig(withPrefix, "")))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", sim.config(""))
	if !isOpenTofu {
		contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 1 destroyed")
		none(t, sim)
		return
	}
	contains(t, w.must(0, "apply", "-auto-approve"), "0 destroyed, 1 forgotten")
	if sim.only() != 1 {
		t.Errorf("server has %+v", sim.Authorizations())
	}
}

// A replacement revokes the previous token in Terraform, and leaves it valid in OpenTofu.
// With create_before_destroy, Terraform 1.16.0-rc2 fails after it has revoked the token.
func TestDestroyFalse_replacement(t *testing.T) {
	t.Parallel()
	needsDestroyFalse(t)
	for name, test := range map[string]struct {
		lifecycle string
		args      []string
	}{
		"rotation":                         {"", []string{"-var=v=2"}},
		"rotation, create_before_destroy":  {"create_before_destroy = true", []string{"-var=v=2"}},
		"requested":                        {"", []string{"-replace=ghes_authorization.ci[0]"}},
		"requested, create_before_destroy": {"create_before_destroy = true", []string{"-replace=ghes_authorization.ci[0]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(keptConfig(withPrefix, test.lifecycle)))
			w.must(0, "apply", "-auto-approve")
			output, code := w.run(append([]string{"apply", "-auto-approve"}, test.args...)...)
			switch {
			case code != 0 && (isOpenTofu || test.lifecycle == ""):
				t.Fatalf("exit code %d\n%s", code, output)
			case code != 0:
				contains(t, output, "Provider returned invalid result object after apply")
			}
			want := []string{"2"}
			if isOpenTofu {
				want = []string{"1", "2"}
			}
			if left := authorizationIDs(sim.Authorizations()); !slices.Equal(left, want) {
				t.Errorf("left %q, want %q", left, want)
			}
			// The state has the new authorization, also after that error.
			contains(t, w.must(0, "show"), "# ghes_authorization.ci[0]: resource", "id = 2")
			if strings.HasPrefix(test.args[0], "-var") {
				w.must(0, "plan", "-detailed-exitcode", test.args[0])
			}
		})
	}
}

// A tainted resource is replaced, and its token stays valid.
func TestDestroyFalse_tainted(t *testing.T) {
	t.Parallel()
	needsDestroyFalse(t)
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(keptConfig(withPrefix, "")))
	w.must(0, "apply", "-auto-approve")
	w.must(0, "taint", "ghes_authorization.ci[0]")
	contains(t, w.must(0, "apply", "-auto-approve"), "1 added, 0 changed, 0 destroyed")
	if left := authorizationIDs(sim.Authorizations()); !slices.Equal(left, []string{"1", "2"}) {
		t.Errorf("left %q", left)
	}
	w.must(0, "plan", "-detailed-exitcode")
}

// With a fixed note, the token that stays valid is in the way of its replacement: the apply fails,
// and the state has lost the token.
func TestDestroyFalse_sameNote(t *testing.T) {
	t.Parallel()
	needsDestroyFalse(t)
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(keptConfig(`note = "ci"`, "")))
	w.must(0, "apply", "-auto-approve")
	w.must(0, "taint", "ghes_authorization.ci[0]")
	contains(t, w.must(1, "apply", "-auto-approve"), "Authorization 1 of user ", "If you are replacing it with create_before_destroy or destroy = false, use note_prefix instead of note")
	if output := w.must(0, "show"); strings.Contains(output, "ghes_authorization.ci") {
		t.Errorf("the state has it:\n%s", output)
	}
	if sim.only() != 1 {
		t.Errorf("server has %+v", sim.Authorizations())
	}
}

// OpenTofu replaces as it treats a tainted resource: with on_existing, the replacement adopts or
// revokes the authorization that destroy = false would leave alone. The plan says so.
func TestDestroyFalse_onExisting(t *testing.T) {
	t.Parallel()
	needsDestroyFalse(t)
	if !isOpenTofu {
		t.Skip("Terraform revokes the previous token first")
	}
	for value, test := range map[string]struct {
		want []string
		left int64
	}{
		"adopt":   {[]string{"Warning: The replacement may adopt authorization 1 again", "destroy = false", "Warning: Authorization 1 will be adopted"}, 1},
		"replace": {[]string{"Warning: Authorization 1 will be revoked"}, 2},
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(keptConfig("note = \"ci\"\n  on_existing = \""+value+"\"", "")))
			w.must(0, "apply", "-auto-approve")
			contains(t, w.must(0, "apply", "-auto-approve", "-var=v=2"), test.want...)
			if sim.only() != test.left {
				t.Errorf("server has %+v", sim.Authorizations())
			}
			w.must(0, "plan", "-detailed-exitcode", "-var=v=2")
		})
	}
}
