package provider

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const hubot = "hubot"

func withHubot(o *ghessim.Options) {
	o.Users = append(o.Users, ghessim.User{Login: hubot, Password: testPassword})
}

// host is the host and port of the server.
func (i *instance) host() string { return strings.TrimPrefix(i.url, "http://") }

// as is a configuration for another user.
func (i *instance) as(user, body string) string {
	return strings.Replace(i.config(body), fmt.Sprintf("%q", testUser), fmt.Sprintf("%q", user), 1)
}

// copyOf adds to the server what another one has, as a backup that is restored
// there would.
func (i *instance) copyOf(other *instance) {
	for _, a := range other.Authorizations() {
		i.AddAuthorization(a)
	}
}

// owned applies a configuration of one authorization to a server of its own.
func owned(t *testing.T, options ...func(*ghessim.Options)) (*instance, *workspace) {
	t.Helper()
	sim := newInstance(t, options...)
	w := newWorkspace(t, sim.config(oneNote))
	w.must(0, "apply", "-auto-approve")
	sim.forget()
	return sim, w
}

// What is not there where another server or user is asked is not taken for
// deleted.
func TestOwner_missing(t *testing.T) {
	t.Parallel()
	for name, elsewhere := range map[string]func(*testing.T, *instance) (config, asked string){
		"another server": func(t *testing.T, _ *instance) (string, string) {
			t.Helper()
			b := newInstance(t)
			return b.config(oneNote), `user "octocat" on ` + b.host()
		},
		"another user": func(_ *testing.T, a *instance) (string, string) {
			return a.as(hubot, oneNote), `user "hubot" on ` + a.host()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, w := owned(t, withHubot)
			config, asked := elsewhere(t, a)
			w.write("main.tf", config)
			for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}, {"apply", "-refresh-only", "-auto-approve"}} {
				contains(t, w.must(1, command...), "Error: Unable to read authorization",
					fmt.Sprintf(`Authorization 1 is recorded as that of user "octocat" on %s. The provider asked as %s, where there is none of this number`, a.host(), asked),
					"Nothing was changed in the state", "Set base_url and username", "alias", "terraform state rm")
			}
			w.write("main.tf", a.config(oneNote))
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

// On its own server, under whatever spelling of the name, it was deleted.
func TestOwner_deleted(t *testing.T) {
	t.Parallel()
	a, w := owned(t)
	a.RevokeAuthorization(1)
	w.write("main.tf", a.as("OctoCat", oneNote))
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "Warning: Authorization 1 is gone", "1 to add")
}

// A number that is another authorization's is an error, and neither is touched.
func TestOwner_stranger(t *testing.T) {
	t.Parallel()
	for name, stranger := range map[string]func(*testing.T, *instance) *instance{
		"on another server": func(t *testing.T, _ *instance) *instance { t.Helper(); return newInstance(t) },
		"on the same one":   func(_ *testing.T, a *instance) *instance { return a },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, w := owned(t)
			b := stranger(t, a)
			b.AddAuthorization(ghessim.Authorization{ID: 1, Note: new("theirs"), CreatedAt: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)})
			before := w.read("terraform.tfstate")
			w.write("main.tf", b.config(oneNote))
			for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}} {
				output := w.must(1, command...)
				contains(t, output, "Error: Unable to read authorization", "Authorization 1 is another one than that in the state",
					"it was made at 2020-01-02T03:04:05Z", "on "+b.host(), "terraform state rm")
				if b != a {
					contains(t, output, `recorded as that of user "octocat" on `+a.host())
				}
			}
			if after := w.read("terraform.tfstate"); after != before {
				t.Errorf("the state changed:\n%s", after)
			}
			if theirs, _ := b.Authorization(1); theirs.Note == nil || *theirs.Note != "theirs" {
				t.Errorf("the stranger is now %+v", theirs)
			}
		})
	}
}

// A saved plan, and one without a refresh, meet nothing that has the number on
// another server.
func TestOwner_unrefreshed(t *testing.T) {
	t.Parallel()
	changed := strings.Replace(oneNote, `"ci"`, `"ci 2"`, 1)
	for name, test := range map[string]struct {
		body, action string
		command      []string
	}{
		"update":                 {changed, "update", []string{"apply", "-auto-approve", "-refresh=false"}},
		"delete":                 {"", "delete", []string{"apply", "-auto-approve", "-refresh=false"}},
		"replace":                {strings.Replace(oneNote, "note =", "rotate_when_changed = { a = 1 }\nnote =", 1), "delete", []string{"apply", "-auto-approve", "-refresh=false"}},
		"destroy":                {oneNote, "delete", []string{"destroy", "-auto-approve", "-refresh=false"}},
		"update of a saved plan": {changed, "update", []string{"apply", "saved.tfplan"}},
		"delete of a saved plan": {"", "delete", []string{"apply", "saved.tfplan"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := newInstance(t), newInstance(t)
			// What only the environment tells may differ between a plan and its apply.
			config := requiredProviders + fmt.Sprintf("provider \"ghes\" {\n  username = %q\n  password = %q\n}\n", testUser, testPassword)
			w := newBinaryWorkspace(t, config+oneNote)
			at := func(sim *instance) { w.env = append(w.env, envBaseURL+"="+sim.url) }
			at(a)
			w.must(0, "apply", "-auto-approve")
			b.copyOf(a)
			w.write("main.tf", config+test.body)
			if strings.Contains(name, "saved") {
				w.must(0, "plan", "-out=saved.tfplan")
			}
			at(b)
			contains(t, w.must(1, test.command...), "Error: Unable to "+test.action+" authorization",
				fmt.Sprintf(`Authorization 1 is recorded as of user "octocat" on %s, and the provider is set to user "octocat" on %s`, a.host(), b.host()),
				"Nothing was sent", "run apply -refresh-only")
			if err := b.checkSent(); err != nil {
				t.Error(err)
			}
			// Once it is known to be the same server, under a new name, all goes on. (For
			// what is no longer declared, Terraform forgets what a plan's own refresh found.)
			w.must(0, "apply", "-refresh-only", "-auto-approve")
			w.must(0, "apply", "-auto-approve")
		})
	}
}

// A server that has a new name is followed, with an empty plan.
func TestOwner_renamed(t *testing.T) {
	t.Parallel()
	a, w := owned(t)
	b := newInstance(t)
	b.copyOf(a)
	w.write("main.tf", b.config(oneNote))
	w.must(0, "plan", "-detailed-exitcode")
	w.must(0, "apply", "-auto-approve")
	if got, want := w.recorded(t, "ghes_authorization"), (owner{b.host(), testUser}); got.owner != want {
		t.Errorf("recorded %+v, want %+v", got, want)
	}
	b.RevokeAuthorization(1)
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "Warning: Authorization 1 is gone")
}

// What was imported or adopted has an owner as well.
func TestOwner_recorded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body string }{
		"created":  {oneNote},
		"adopted":  {strings.Replace(oneNote, `"ci"`, "\"theirs\"\non_existing = \"adopt\"", 1)},
		"imported": {"import {\n  to = ghes_authorization.test\n  id = \"7\"\n}\n" + strings.Replace(oneNote, `"ci"`, `"theirs"`, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := newInstance(t), newInstance(t)
			a.AddAuthorization(ghessim.Authorization{ID: 7, Note: new("theirs")})
			w := newWorkspace(t, a.config(test.body))
			w.must(0, "apply", "-auto-approve")
			if got, want := w.recorded(t, "ghes_authorization"), (owner{a.host(), testUser}); got.owner != want {
				t.Errorf("recorded %+v, want %+v", got, want)
			}
			w.write("main.tf", b.config(test.body))
			contains(t, w.must(1, "plan"), "Error: Unable to read authorization", `is recorded as that of user "octocat" on `+a.host())
		})
	}
}

// A state from before owners were recorded behaves as it did.
func TestOwner_none(t *testing.T) {
	t.Parallel()
	a, w := owned(t)
	state := w.read("terraform.tfstate")
	var parsed tfstate
	if err := json.Unmarshal([]byte(state), &parsed); err != nil {
		t.Fatal(err)
	}
	w.write("terraform.tfstate", strings.Replace(state, string(must(json.Marshal(parsed.Resources[0].Instances[0].Private))), `""`, 1))
	b := newInstance(t)
	w.write("main.tf", b.config(oneNote))
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "Warning: Authorization 1 is gone")
	w.write("main.tf", a.config(oneNote))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", b.config(oneNote))
	contains(t, w.must(1, "plan"), "Error: Unable to read authorization")
}

// Grants are revoked by the numbers of the server and the user that were asked.
func TestOwner_grants(t *testing.T) {
	t.Parallel()
	exclusive := "resource \"ghes_grants_exclusive\" \"test\" {\n  allowed_client_ids = [\"ours\"]\n}\n"
	a, b := newInstance(t), newInstance(t)
	w := newWorkspace(t, a.config(exclusive))
	w.must(0, "apply", "-auto-approve")
	for _, sim := range []*instance{a, b} {
		sim.AddGrant(ghessim.Grant{ClientID: "unwanted"})
	}
	w.must(0, "apply", "-refresh-only", "-auto-approve")
	w.write("main.tf", b.config(exclusive))
	b.forget()
	contains(t, w.must(1, "apply", "-auto-approve", "-refresh=false"), "Error: Unable to revoke grants",
		fmt.Sprintf(`The grants are recorded as of user "octocat" on %s, and the provider is set to user "octocat" on %s`, a.host(), b.host()), "Nothing was sent")
	if err := b.checkSent(); err != nil {
		t.Error(err)
	}
	// The plan that looks lists what goes there.
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Grants will be revoked: 1, beginning with number 1")
	if left := b.Grants(); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

// A number of another user is not to be had.
func TestOwner_importOfAnotherUser(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withHubot)
	sim.AddAuthorization(ghessim.Authorization{ID: 7, Login: hubot, Note: new("theirs")})
	w := newWorkspace(t, sim.config(oneNote))
	contains(t, w.must(1, "import", "ghes_authorization.test", "7"), "Cannot import non-existent remote object")
}

// tfstate is what these tests look for in a state file.
type tfstate struct {
	Resources []struct {
		Type      string `json:"type"`
		Instances []struct {
			Private []byte `json:"private"`
		} `json:"instances"`
	} `json:"resources"`
}

// recorded returns the record in the private state of the first resource of a
// type.
func (w *workspace) recorded(t *testing.T, resourceType string) authorizationRecord {
	t.Helper()
	var state tfstate
	if err := json.Unmarshal([]byte(w.read("terraform.tfstate")), &state); err != nil {
		t.Fatal(err)
	}
	for _, resource := range state.Resources {
		if resource.Type != resourceType {
			continue
		}
		var private map[string][]byte
		var record authorizationRecord
		if err := json.Unmarshal(resource.Instances[0].Private, &private); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(private[recordKey], &record); err != nil {
			t.Fatal(err)
		}
		return record
	}
	return authorizationRecord{}
}
