package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// workflowCommands returns the arguments of the CLI in the steps of the guide's workflow, without init: the tests have the
// provider already.
func workflowCommands(t *testing.T) [][]string {
	t.Helper()
	var workflow struct {
		Jobs map[string]struct {
			Env   map[string]string
			Steps []struct{ Run string }
		}
	}
	if err := yaml.Unmarshal([]byte(example(t, "guides/service-accounts/terraform.yml")), &workflow); err != nil {
		t.Fatal(err)
	}
	job := workflow.Jobs["terraform"]
	if _, ok := job.Env["GHES_PASSWORD"]; !ok {
		t.Error("the job has no password")
	}
	var commands [][]string
	for _, step := range job.Steps {
		if arguments, ok := strings.CutPrefix(step.Run, "terraform "); ok && !strings.HasPrefix(arguments, "init ") {
			commands = append(commands, strings.Fields(arguments))
		}
	}
	if len(commands) != 2 {
		t.Fatalf("the workflow runs %q", commands)
	}
	return commands
}

// newServiceAccount prepares a workspace with the guide's provider block and n resources.
func newServiceAccount(t *testing.T, n int) (*instance, *workspace) {
	t.Helper()
	sim := newInstance(t, func(o *ghessim.Options) { o.Users[0].Login = "ci-bot" }, twoFactors)
	config := strings.Replace(example(t, "guides/service-accounts/main.tf"), "https://ghe.example.com", sim.url, 1)
	return sim, newBinaryWorkspace(t, config+configOfMany(n))
}

// The workflow plans and applies, and neither factor is in a file or in the output.
func TestGuides_serviceAccounts(t *testing.T) {
	t.Parallel()
	sim, w := newServiceAccount(t, 1)
	w.env = append(w.env, "GHES_PASSWORD="+testPassword, "GHES_TOTP_SECRET="+testSeed)
	outputs := guideOutputs(t, "service-accounts-in-ci", 1)
	var output string
	for _, command := range workflowCommands(t) {
		output += w.must(0, command...) + " "
	}
	showsOutput(t, output, outputs[0])
	for _, secret := range []string{testPassword, testSeed} {
		if found := w.find(secret); len(found) > 0 {
			t.Errorf("%s is in %q", secret, found)
		}
	}
	w.must(0, "plan", "-detailed-exitcode")
	if len(sim.Authorizations()) != 1 {
		t.Errorf("the server has %+v", sim.Authorizations())
	}
}

// With the TOTP secret, a saved plan is applied with a code that was not valid yet when it was created.
func TestGuides_serviceAccountsLaterApply(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, twoFactors)
	w := newWorkspace(t, sim.withSetting(fmt.Sprintf("totp_secret = %q", testSeed), 1), WithClock(sim.now))
	w.must(0, "plan", "-out=plan.tfplan")
	sim.advance(1)
	w.must(0, "apply", "plan.tfplan")
}

// A saved plan has a password that is in the configuration or in a variable, unless the variable is ephemeral.
func TestGuides_serviceAccountsSavedPlan(t *testing.T) {
	t.Parallel()
	const variable = "variable \"password\" {\n  type = string\n  sensitive = true\n}\n"
	for name, test := range map[string]struct {
		password, variable string
		needs              string
		saved              bool
	}{
		"literal":            {password: `"` + testPassword + `"`, needs: "1.8", saved: true},
		"variable":           {password: "var.password", variable: variable, needs: "1.8", saved: true},
		"ephemeral variable": {password: "var.password", variable: strings.Replace(variable, "sensitive", "ephemeral = true\nsensitive", 1), needs: "1.11"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			needsCLI(t, test.needs)
			_, w := newServiceAccount(t, 1)
			literal := test.variable == ""
			w.write("main.tf", strings.Replace(w.read("main.tf"), `= "ci-bot"`, "= \"ci-bot\"\n  password = "+test.password, 1)+test.variable)
			w.env = append(w.env, "GHES_TOTP_SECRET="+testSeed)
			if !literal {
				w.env = append(w.env, "TF_VAR_password="+testPassword)
			}
			w.must(0, "plan", "-out=plan.tfplan")
			w.must(0, "apply", "plan.tfplan")
			inPlan, inState := false, false
			for _, file := range w.find(testPassword) {
				inPlan = inPlan || strings.Contains(file, "plan.tfplan:")
				inState = inState || strings.Contains(file, ".tfstate")
			}
			if inPlan != test.saved || inState {
				t.Errorf("the password is in the plan: %t, in the state: %t", inPlan, inState)
			}
		})
	}
}

// Each run with a wrong password sends one request, however many resources there are.
func TestGuides_serviceAccountsLockout(t *testing.T) {
	t.Parallel()
	sim, w := newServiceAccount(t, 20)
	right := append(w.env, "GHES_TOTP_SECRET="+testSeed, "GHES_PASSWORD="+testPassword) //nolint:gocritic // another environment
	w.env = right
	w.must(0, "apply", "-auto-approve")
	sim.forget()
	w.env = append(slices.Clip(right), "GHES_PASSWORD=wrong")
	w.must(1, workflowCommands(t)[0]...)
	if sent := sim.sent(); len(sent) != 1 {
		t.Errorf("sent %q", sent)
	}
}

// newBots prepares a workspace with the guide's module and a server with two users.
func newBots(t *testing.T, name, file string) (*instance, *workspace) {
	t.Helper()
	needsCLI(t, "1.11")
	sim := newInstance(t, func(o *ghessim.Options) {
		for _, login := range []string{"build-bot", "deploy-bot"} {
			o.Users = append(o.Users, ghessim.User{Login: login, Password: "password-of-" + login})
		}
	})
	w := newBinaryWorkspace(t, requiredProviders)
	w.write(name, example(t, file))
	if err := os.Mkdir(filepath.Join(w.dir, "team"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.write("team/main.tf", example(t, "guides/service-accounts/team/main.tf"))
	w.env = append(w.env, "GHES_BASE_URL="+sim.url,
		`TF_VAR_passwords={"build-bot":"password-of-build-bot","deploy-bot":"password-of-deploy-bot"}`)
	w.must(0, "get")
	return sim, w
}

// checkBots wants each user to have one authorization, and no password in a file or in the output.
func checkBots(t *testing.T, sim *instance, w *workspace) {
	t.Helper()
	w.must(0, "plan", "-out=plan.tfplan")
	w.must(0, "apply", "plan.tfplan")
	w.must(0, "plan", "-detailed-exitcode")
	logins := map[string]int{}
	for _, a := range sim.Authorizations() {
		logins[a.Login]++
	}
	if len(logins) != 2 || logins["build-bot"] != 1 || logins["deploy-bot"] != 1 {
		t.Errorf("authorizations: %v", logins)
	}
	if found := w.find("password-of-build-bot"); len(found) > 0 {
		t.Errorf("a password is in %q", found)
	}
}

func TestGuides_serviceAccountsAliases(t *testing.T) {
	t.Parallel()
	sim, w := newBots(t, "users.tf", "guides/service-accounts/users.tf")
	checkBots(t, sim, w)
}

// OpenTofu has for_each for providers. Terraform refuses it.
func TestGuides_serviceAccountsForEach(t *testing.T) {
	t.Parallel()
	const file = "guides/service-accounts/users.tofu"
	if !isOpenTofu {
		w := newBinaryWorkspace(t, requiredProviders)
		w.write("users.tf", example(t, file))
		contains(t, w.must(1, "validate"), `The provider argument name "for_each" is reserved for use by Terraform in a future version.`)
		return
	}
	sim, w := newBots(t, "users.tofu", file)
	checkBots(t, sim, w)

	// The provider instance of a user has to be there until its resources are destroyed.
	const users, retired = `"build-bot", "deploy-bot"`, `toset([])`
	all := w.read("users.tofu")
	w.write("users.tofu", strings.Replace(all, users, `"build-bot"`, 1))
	contains(t, w.must(1, "plan"), "Provider instance not present")
	w.write("users.tofu", strings.Replace(all, retired, `toset(["deploy-bot"])`, 1))
	contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 1 destroyed")
	w.write("users.tofu", strings.Replace(all, users, `"build-bot"`, 1))
	w.must(0, "plan", "-detailed-exitcode")
}
