package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// The commands move an authorization to another state with its token, and send no request. Without its block, a
// configuration destroys it.
func TestGuides_splittingAState(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	const moved = "resource \"ghes_authorization\" \"ci\" {\n  note = \"CI\"\n}\n"
	const stays = "resource \"ghes_authorization\" \"%s\" {\n  note = \"%[1]s\"\n}\n"
	from := newWorkspace(t, sim.config(fmt.Sprintf(stays, "old")+moved))
	to := newWorkspace(t, sim.config(fmt.Sprintf(stays, "new")))
	from.must(0, "apply", "-auto-approve")
	to.must(0, "apply", "-auto-approve")
	sim.forget()

	dir := t.TempDir()
	for name, w := range map[string]*workspace{"old": from, "new": to} {
		if err := os.Symlink(w.dir, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	from.shell(dir, example(t, "guides/splitting-a-state/move.sh"))
	if sent := sim.sent(); len(sent) != 0 {
		t.Errorf("sent %q", sent)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.tfstate*")); len(left) != 0 {
		t.Errorf("left: %q, %v", left, err)
	}

	contains(t, to.must(0, "plan"), "ghes_authorization.ci will be destroyed")
	from.write("main.tf", sim.config(fmt.Sprintf(stays, "old")))
	to.write("main.tf", sim.config(fmt.Sprintf(stays, "new")+moved+"output \"token\" {\n  value     = ghes_authorization.ci.token\n  sensitive = true\n}\n"))
	plans := guideOutputs(t, "splitting-a-state", 2)
	showsOutput(t, from.must(0, "plan", "-detailed-exitcode"), plans[0])
	contains(t, to.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
	showsOutput(t, to.must(0, "plan", "-detailed-exitcode"), plans[0])
	if token := to.must(0, "output", "-raw", "token"); token != sim.named("CI").Token {
		t.Errorf("the new state has token %q", token)
	}
}

// A push that is refused ends the commands, and leaves the files that have the token.
func TestGuides_splittingAStateRefused(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	from := newWorkspace(t, sim.config("resource \"ghes_authorization\" \"ci\" {\n  note = \"CI\"\n}\n"))
	from.must(0, "apply", "-auto-approve")
	dir := t.TempDir()
	if err := os.Symlink(from.dir, filepath.Join(dir, "old")); err != nil {
		t.Fatal(err)
	}
	from.shell(dir, "mkdir new\n"+strings.Replace(strings.Replace(example(t, "guides/splitting-a-state/move.sh"),
		"terraform -chdir=new state push", "false", 1), "\n)", "\n) || true", 1))
	for name, want := range map[string]string{"new.tfstate": sim.named("CI").Token, "old/terraform.tfstate": sim.named("CI").Token} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s does not have the token: %v", name, err)
		}
	}
}

// An authorization that is removed from one state and imported into another keeps its token, which is not in the new
// state.
func TestGuides_splittingAStateByImport(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.10") // lifecycle in a removed block, of OpenTofu
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{ID: 122, Note: new("mine")})
	takeOver := example(t, "guides/splitting-a-state/take-over.tf")
	_, resource, _ := strings.Cut(takeOver, "}\n")
	from := newWorkspace(t, sim.config(resource))
	from.must(0, "apply", "-auto-approve")
	created := sim.named("CI")

	from.write("main.tf", sim.config(example(t, "guides/splitting-a-state/forget.tf")))
	contains(t, from.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
	to := newWorkspace(t, sim.config(takeOver))
	showsOutput(t, to.must(2, "plan", "-detailed-exitcode"), guideOutputs(t, "splitting-a-state", 2)[1])
	contains(t, to.must(0, "apply", "-auto-approve"), "1 imported, 0 added, 0 changed, 0 destroyed")
	to.must(0, "plan", "-detailed-exitcode")
	if now := sim.named("CI"); now.ID != created.ID || now.Token != created.Token {
		t.Errorf("there is %+v, not %+v", now, created)
	}
	if found := to.find(created.Token); len(found) > 0 {
		t.Errorf("the token is in %q", found)
	}
}
