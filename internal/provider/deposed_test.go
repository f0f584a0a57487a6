package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// readopted has configurations in which a replacement adopts the authorization that it
// replaces. Consumer depends on the resource.
var readopted = map[string]string{
	"fingerprint": byFingerprint("fp", "rotate_when_changed = { v = var.v }\n  lifecycle { create_before_destroy = true }") +
		consumerOf("ghes_authorization_fingerprint.test.rotate_when_changed", ""),
	"note": "resource \"ghes_authorization\" \"test\" {\n  note = \"ci\"\n  on_existing = \"adopt\"\n  rotate_when_changed = { v = var.v }\n}\n" +
		consumerOf("ghes_authorization.test.rotate_when_changed", "lifecycle { create_before_destroy = true }"),
}

// consumerOf has a provisioner that fails if var.fail is true.
func consumerOf(trigger, more string) string {
	return fmt.Sprintf(`
variable "v" { default = "1" }
variable "fail" { default = false }
resource "terraform_data" "consumer" {
  triggers_replace = [%s]
  provisioner "local-exec" { command = var.fail ? "false" : "true" }
  %s
}
`, trigger, more)
}

// If a replacement adopts the authorization that it replaces and a consumer fails,
// Terraform keeps the replaced object as a deposed one. No later plan revokes the token
// that the resource has.
func TestDeposed(t *testing.T) {
	t.Parallel()
	for kind, config := range readopted {
		for name, args := range map[string][]string{
			"apply":             {"apply", "-auto-approve", "-var=v=2"},
			"without a refresh": {"apply", "-auto-approve", "-var=v=2", "-refresh=false"},
			"one at a time":     {"apply", "-auto-approve", "-var=v=2", "-parallelism=1"},
			"saved plan":        {"plan", "-out=saved", "-var=v=2"},
			"another rotation":  {"apply", "-auto-approve", "-var=v=3"},
			"replacement":       {"apply", "-auto-approve", "-var=v=2", "-replace=" + map[string]string{"fingerprint": "ghes_authorization_fingerprint", "note": "ghes_authorization"}[kind] + ".test"},
			"destroy":           {"destroy", "-auto-approve", "-var=v=2"},
		} {
			t.Run(kind+", "+name, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				w := newWorkspace(t, sim.config(config))
				w.must(0, "apply", "-auto-approve")
				output := w.must(1, "apply", "-auto-approve", "-var=v=2", "-var=fail=true")
				contains(t, output, "Warning: The replacement may adopt authorization", "Warning: Authorization 1 was adopted")
				if state := w.read("terraform.tfstate"); !strings.Contains(state, "\"deposed\"") {
					t.Fatalf("no deposed object in the state:\n%s", state)
				}
				sim.forget()
				contains(t, w.must(1, args...), managedTwice, "the current and the deposed object of one resource", "This plan revokes its token")
				if sim.only() != 1 {
					t.Errorf("server has %+v", sim.Authorizations())
				}
			})
		}
	}
}

// The same holds for the provider as users run it, with a process for each walk of the CLI.
func TestDeposed_binary(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newBinaryWorkspace(t, sim.config(readopted["fingerprint"]))
	w.must(0, "apply", "-auto-approve")
	w.must(1, "apply", "-auto-approve", "-var=v=2", "-var=fail=true")
	contains(t, w.must(1, "apply", "-auto-approve", "-var=v=2"), managedTwice)
	contains(t, w.must(1, "apply", "-auto-approve", "-var=v=2", "-parallelism=1"), managedTwice)
	if sim.only() != 1 {
		t.Errorf("server has %+v", sim.Authorizations())
	}
	w.must(0, "destroy", "-auto-approve", "-refresh=false")
}

// The ways out that the error names lead out.
func TestDeposed_waysOut(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(w *workspace, left *int){
		"import": func(w *workspace, _ *int) {
			w.shell(w.dir, "terraform state rm ghes_authorization_fingerprint.test")
			w.must(0, "import", "ghes_authorization_fingerprint.test", "1")
			w.must(0, "apply", "-auto-approve")
			if !isOpenTofu && !cliOlderThan("1.16") {
				// Terraform 1.16 leaves a deposed object of the consumer, which the next apply destroys.
				contains(t, w.must(0, "apply", "-auto-approve"), "terraform_data.consumer (deposed object", "0 added, 0 changed")
			}
			w.must(0, "plan", "-detailed-exitcode")
		},
		"destroy": func(w *workspace, left *int) {
			w.must(0, "destroy", "-auto-approve", "-refresh=false")
			*left = 0
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(readopted["fingerprint"]))
			w.must(0, "apply", "-auto-approve")
			w.must(1, "apply", "-auto-approve", "-var=v=2", "-var=fail=true")
			w.must(1, "plan")
			left := 1
			leave(w, &left)
			if n := len(sim.Authorizations()); n != left {
				t.Errorf("%d authorizations are left, want %d", n, left)
			}
		})
	}
}

// A resource that another one replaces by adoption or by a new token is in the plan.
func TestDuplicates_newResource(t *testing.T) {
	t.Parallel()
	a := twin("a", `scopes = ["gist"]`)
	for name, test := range map[string]struct {
		b    string
		want string
	}{
		"adopts as it is":     {"scopes = [\"gist\"]\n  on_existing = \"adopt\"", managedTwiceOnly},
		"adopts with changes": {"scopes = [\"repo\"]\n  on_existing = \"adopt\"", managedTwice},
		"replaces":            {"scopes = [\"gist\"]\n  on_existing = \"replace\"", managedTwice},
	} {
		for _, order := range []string{"", "\n  depends_on = [ghes_authorization.a]"} {
			t.Run(name+order, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				w := newWorkspace(t, sim.config(a))
				w.must(0, "apply", "-auto-approve")
				w.write("main.tf", sim.config(a+twin("b", test.b+order)))
				code := 0
				if test.want == managedTwice {
					code = 1
				}
				contains(t, w.must(code, "apply", "-auto-approve"), test.want)
				if got, _ := sim.Authorization(1); got.ID != 1 || len(got.Scopes) != 1 || got.Scopes[0] != "gist" {
					t.Errorf("server has %+v", sim.Authorizations())
				}
				if code == 0 {
					w.write("main.tf", sim.config(a))
					contains(t, w.must(1, "apply", "-auto-approve"), managedTwice)
				}
			})
		}
	}
}

// The error for the second resource with the same note in one apply does not advise an
// import of the authorization that the first one has just created.
func TestDuplicates_oneApply(t *testing.T) {
	t.Parallel()
	for _, parallelism := range []string{"1", "10"} {
		sim := newInstance(t)
		w := newWorkspace(t, sim.config(twin("a", "")+twin("b", "")))
		output := w.must(1, "apply", "-auto-approve", "-parallelism="+parallelism)
		contains(t, output, "Unable to create authorization", "another resource", "Declare each authorization once")
		containsNone(t, strings.ToLower(output), "import {", "on_existing")
		if sim.only() != 1 {
			t.Errorf("server has %+v", sim.Authorizations())
		}
		// If it existed before, no error advises that either.
		sim = newInstance(t)
		sim.AddAuthorization(ghessim.Authorization{Note: new("ci")})
		w = newWorkspace(t, sim.config(twin("a", "")))
		contains(t, w.must(1, "apply", "-auto-approve", "-parallelism="+parallelism), "import {")
	}
}
