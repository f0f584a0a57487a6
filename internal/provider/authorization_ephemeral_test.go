package provider

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// once returns a configuration with an ephemeral token, which command has as $TOKEN.
func once(sim *instance, arguments, command string) string {
	return sim.config(fmt.Sprintf(`
ephemeral "ghes_authorization" "test" {
  %s
}
resource "terraform_data" "user" {
  provisioner "local-exec" {
    command     = %q
    environment = {
      TOKEN = ephemeral.ghes_authorization.test.token
      REST  = join(" ", [ephemeral.ghes_authorization.test.id, ephemeral.ghes_authorization.test.token_last_eight,
        ephemeral.ghes_authorization.test.hashed_token, ephemeral.ghes_authorization.test.note])
    }
  }
}
`, arguments, command))
}

// recordMade returns a function that returns every authorization created since.
func recordMade(sim *instance) func() []ghessim.Authorization {
	var mu sync.Mutex
	var created []ghessim.Authorization
	sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		mu.Lock()
		defer mu.Unlock()
		for _, a := range sim.Authorizations() {
			if !slices.ContainsFunc(created, func(known ghessim.Authorization) bool { return known.ID == a.ID }) {
				created = append(created, a)
			}
		}
	})
	return func() []ghessim.Authorization {
		mu.Lock()
		defer mu.Unlock()
		return created
	}
}

// waitForProvisioner waits for the file "begun", which a provisioner creates.
func (w *workspace) waitForProvisioner() {
	w.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(w.dir, "begun")); err == nil {
			return
		}
	}
	w.t.Fatal("the provisioner does not begin")
}

// none fails if an authorization is left on the server.
func none(t *testing.T, sim *instance) {
	t.Helper()
	if left := sim.Authorizations(); len(left) != 0 {
		t.Errorf("left on the server: %+v", left)
	}
}

// A plan and an apply create one token each and revoke it. Neither stores it.
func TestAuthorizationEphemeral_oneRun(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	created := recordMade(sim)
	w := newWorkspace(t, once(sim, `
  note_prefix = "deploy "
  note_url    = "https://ci.example.com/1"
  scopes      = ["repo", "gist"]`, `echo "$TOKEN $REST" >used`))
	w.must(0, "plan", "-out=plan")
	if err := sim.checkSent("POST /api/v3/authorizations", "DELETE /api/v3/authorizations/1"); err != nil {
		t.Error(err)
	}
	w.must(0, "apply", "plan")
	if err := sim.checkSent("POST /api/v3/authorizations", "DELETE /api/v3/authorizations/2"); err != nil {
		t.Error(err)
	}
	w.must(0, "plan", "-detailed-exitcode")
	none(t, sim)

	a := created()[1]
	if !strings.HasPrefix(*a.Note, "deploy ") || *a.Note == *created()[0].Note || *a.NoteURL != "https://ci.example.com/1" || len(a.Scopes) != 2 || a.ClientID != "" {
		t.Errorf("created %+v", a)
	}
	if want := fmt.Sprintf("%s %d %s %x %s\n", a.Token, a.ID, a.Token[len(a.Token)-8:], sha256.Sum256([]byte(a.Token)), *a.Note); w.read("used") != want {
		t.Errorf("used %q, want %q", w.read("used"), want)
	}
	if err := os.Remove(filepath.Join(w.dir, "used")); err != nil {
		t.Fatal(err)
	}
	for _, a := range created() {
		if found := w.find(a.Token); len(found) > 0 {
			t.Errorf("the token of authorization %d is in %q", a.ID, found)
		}
	}
}

// No argument is required for a token that is unique to the run.
func TestAuthorizationEphemeral_defaults(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	created := recordMade(sim)
	w := newWorkspace(t, once(sim, "note_prefix = \"\"\nscopes = null\nclient_id = \"\"\nclient_secret = \"\"", "true"))
	w.must(0, "plan")
	if a := created()[0]; !strings.HasPrefix(*a.Note, "terraform-") || len(a.Scopes) != 0 || a.Fingerprint != nil {
		t.Errorf("created %+v", a)
	}
}

func TestAuthorizationEphemeral_refusedAtPlan(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, test := range map[string]struct{ arguments, summary, detail string }{
		"long client_id":        {"client_id = \"123456789012345678901\"\nclient_secret = \"made-up-secret\"", "Invalid Attribute Value Length", "at most 20, got: 21"},
		"app without secret":    {`client_id = "abc"`, "Missing client secret", "Set client_secret."},
		"app, empty secret":     {"client_id = \"abc\"\nclient_secret = \"\"", "Missing client secret", "Set client_secret."},
		"secret without app":    {`client_secret = "made-up-secret"`, "Client secret without client_id", "Set client_id as well"},
		"null scope":            {`scopes = [null]`, "Null scope", "compact()"},
		"note":                  {`note = "mine"`, "Invalid Configuration for Read-Only Attribute", "Cannot set value"},
		"secret turns out null": {"client_id = \"abc\"\nclient_secret = terraform_data.none.output", "Missing client secret", "Set client_secret."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, once(sim, test.arguments, "true")+"resource \"terraform_data\" \"none\" {}")
			output := w.must(1, "apply", "-auto-approve")
			contains(t, output, "Error: "+test.summary, test.detail)
			if strings.Contains(output, "made-up-secret") {
				t.Errorf("the secret is printed:\n%s", output)
			}
			if err := sim.checkSent(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAuthorizationEphemeral_scopeWarnings(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	w := newWorkspace(t, once(sim, `scopes = ["repo", "repo:status", "frobnicate"]`, "true"))
	contains(t, w.must(0, "plan"), "Warning: Unknown scope", "Warning: Redundant scope")
}

// While defer_until is unknown, no token is created, whatever its type.
func TestAuthorizationEphemeral_deferred(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for _, until := range []string{`terraform_data.first.id`, `[1, terraform_data.first.id]`, `{ first = terraform_data.first.output }`} {
		t.Run(until, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, once(sim, "defer_until = "+until, "true")+"resource \"terraform_data\" \"first\" {\n  input = 1\n}")
			w.must(0, "plan", "-out=plan")
			if err := sim.checkSent(); err != nil {
				t.Error(err)
			}
			w.must(0, "apply", "plan")
			if err := sim.checkSent("POST /api/v3/authorizations", "DELETE /api/v3/authorizations/1"); err != nil {
				t.Error(err)
			}
			none(t, sim)
		})
	}
}

func TestAuthorizationEphemeral_count(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, arguments := range map[string]string{
		"personal": "",
		"app":      fmt.Sprintf("client_id = %q\nclient_secret = %q", testClientID, testSecret),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			created := recordMade(sim)
			config := strings.ReplaceAll(once(sim, "count = 5\n"+arguments, "true"), "ghes_authorization.test.", "ghes_authorization.test[4].")
			newWorkspace(t, config).must(0, "apply", "-auto-approve")
			if len(created()) != 10 {
				t.Errorf("%d created, want 5 by the plan and 5 by the apply", len(created()))
			}
			none(t, sim)
		})
	}
}

// Provider settings that are unknown in the plan do not fail it.
func TestAuthorizationEphemeral_unknownSettings(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	config := strings.Replace(once(sim, "defer_until = terraform_data.server.id", "true"),
		fmt.Sprintf("base_url = %q", sim.url), "base_url = terraform_data.server.output", 1)
	w := newWorkspace(t, config+fmt.Sprintf("resource \"terraform_data\" \"server\" {\n  input = %q\n}", sim.url))
	w.must(0, "apply", "-auto-approve")
	if err := sim.checkSent("POST /api/v3/authorizations", "DELETE /api/v3/authorizations/1"); err != nil {
		t.Error(err)
	}
}

// Runs that overlap do not conflict, unless they share a configured fingerprint.
func TestAuthorizationEphemeral_overlapping(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	app := fmt.Sprintf("client_id = %q\nclient_secret = %q\n", testClientID, testSecret)
	for name, test := range map[string]struct{ arguments, refusal string }{
		"personal":         {arguments: `note_prefix = "ci"`},
		"app":              {arguments: app},
		"app, one machine": {app + `fingerprint = "builder-1"`, `fingerprint = "builder-1" The user already has an authorization for this app and fingerprint.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			first := newWorkspace(t, once(sim, test.arguments, "touch begun; while [ ! -e end ]; do sleep 0.05; done"))
			command := first.command("apply", "-auto-approve")
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			first.waitForProvisioner()
			second := newWorkspace(t, once(sim, test.arguments, "true"))
			if test.refusal == "" {
				second.must(0, "apply", "-auto-approve")
			} else {
				contains(t, second.must(1, "apply", "-auto-approve"), "Error: Unable to open ephemeral authorization", test.refusal, "Remove fingerprint")
			}
			if left := len(sim.Authorizations()); left != 1 {
				t.Errorf("%d on the server, want the first run's", left)
			}
			first.write("end", "")
			if err := command.Wait(); err != nil {
				t.Error(err)
			}
			none(t, sim)
		})
	}
}
