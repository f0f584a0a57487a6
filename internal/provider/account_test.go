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

// host returns the host and port of the server.
func (i *instance) host() string { return strings.TrimPrefix(i.url, "http://") }

// as returns a configuration for another user.
func (i *instance) as(user, body string) string {
	return strings.Replace(i.config(body), fmt.Sprintf("%q", testUser), fmt.Sprintf("%q", user), 1)
}

// copyOf adds to the server the authorizations of another one, as a backup that is
// restored there does.
func (i *instance) copyOf(other *instance) {
	for _, a := range other.Authorizations() {
		i.AddAuthorization(a)
	}
}

// applied returns a server and a workspace with one authorization.
func applied(t *testing.T, options ...func(*ghessim.Options)) (*instance, *workspace) {
	t.Helper()
	sim := newInstance(t, options...)
	w := newWorkspace(t, sim.config(oneNote))
	w.must(0, "apply", "-auto-approve")
	sim.forget()
	return sim, w
}

// An authorization that another server or user does not have is not reported as
// deleted.
func TestAccount_missing(t *testing.T) {
	t.Parallel()
	for name, elsewhere := range map[string]func(*testing.T, *instance) (config, configured string){
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
			a, w := applied(t, withHubot)
			config, configured := elsewhere(t, a)
			w.write("main.tf", config)
			for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}, {"apply", "-refresh-only", "-auto-approve"}} {
				contains(t, w.must(1, command...), "Error: Unable to read authorization",
					fmt.Sprintf(`The state records another account for authorization 1: user "octocat" on %s. The provider is configured for %s, where no authorization has this ID`, a.host(), configured),
					"Nothing was changed", "Set base_url and username", "alias", "terraform state rm")
			}
			w.write("main.tf", a.config(oneNote))
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

// On its own server it is, also if the username has another case.
func TestAccount_deleted(t *testing.T) {
	t.Parallel()
	a, w := applied(t)
	a.RevokeAuthorization(1)
	w.write("main.tf", a.as("OctoCat", oneNote))
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "Warning: Authorization 1 was deleted outside of Terraform", "1 to add")
}

// An ID that another authorization has is an error, and nothing is changed.
func TestAccount_idReused(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]func(*testing.T, *instance) *instance{
		"on another server": func(t *testing.T, _ *instance) *instance { t.Helper(); return newInstance(t) },
		"on the same one":   func(_ *testing.T, a *instance) *instance { return a },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, w := applied(t)
			b := other(t, a)
			b.AddAuthorization(ghessim.Authorization{ID: 1, Note: new("theirs"), CreatedAt: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)})
			before := w.read("terraform.tfstate")
			w.write("main.tf", b.config(oneNote))
			for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}} {
				output := w.must(1, command...)
				contains(t, output, "Error: Unable to read authorization", "Authorization 1 is not the one in state",
					"This one was created at 2020-01-02T03:04:05Z", "on "+b.host(), "terraform state rm")
				if b != a {
					contains(t, output, `According to the state, the authorization belongs to user "octocat" on `+a.host())
				}
			}
			if after := w.read("terraform.tfstate"); after != before {
				t.Errorf("the state changed:\n%s", after)
			}
			if theirs, _ := b.Authorization(1); theirs.Note == nil || *theirs.Note != "theirs" {
				t.Errorf("the other authorization is now %+v", theirs)
			}
		})
	}
}

// A saved plan and a plan without a refresh send nothing to another server.
func TestAccount_unrefreshed(t *testing.T) {
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
			// The environment may differ between a plan and its apply.
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
				fmt.Sprintf(`The state records another account for authorization 1: user "octocat" on %s. The provider is configured for user "octocat" on %s`, a.host(), b.host()),
				"Nothing was sent", "run terraform apply -refresh-only")
			if err := b.checkSent(); err != nil {
				t.Error(err)
			}
			// After the refresh has stored the new name of the server, everything works. (A
			// plan alone does not store it for a resource that is no longer declared.)
			w.must(0, "apply", "-refresh-only", "-auto-approve")
			w.must(0, "apply", "-auto-approve")
		})
	}
}

// A refresh stores the new name of a renamed server, and the plan is empty.
func TestAccount_renamed(t *testing.T) {
	t.Parallel()
	a, w := applied(t)
	b := newInstance(t)
	b.copyOf(a)
	w.write("main.tf", b.config(oneNote))
	w.must(0, "plan", "-detailed-exitcode")
	w.must(0, "apply", "-auto-approve")
	if got, want := w.privateData(t), (account{b.host(), testUser}); got.account != want {
		t.Errorf("stored %+v, want %+v", got, want)
	}
	b.RevokeAuthorization(1)
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "Warning: Authorization 1 was deleted outside of Terraform")
}

// The account of an imported or adopted authorization is stored as well.
func TestAccount_stored(t *testing.T) {
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
			if got, want := w.privateData(t), (account{a.host(), testUser}); got.account != want {
				t.Errorf("stored %+v, want %+v", got, want)
			}
			w.write("main.tf", b.config(test.body))
			contains(t, w.must(1, "plan"), "Error: Unable to read authorization", "The state records another account for authorization ", `: user "octocat" on `+a.host())
		})
	}
}

// A state without an account, of an older version, works as before, and gets the account
// in the next apply.
func TestAccount_notStored(t *testing.T) {
	t.Parallel()
	a, w := applied(t)
	state := w.read("terraform.tfstate")
	var parsed tfstate
	if err := json.Unmarshal([]byte(state), &parsed); err != nil {
		t.Fatal(err)
	}
	w.write("terraform.tfstate", strings.Replace(state, string(must(json.Marshal(parsed.Resources[0].Instances[0].Private))), `""`, 1))
	b := newInstance(t)
	w.write("main.tf", b.config(oneNote))
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "Warning: Authorization 1 was deleted outside of Terraform")
	w.write("main.tf", a.config(oneNote))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", b.config(oneNote))
	contains(t, w.must(1, "plan"), "Error: Unable to read authorization")
}

// Grants are revoked only on the server and for the user that their IDs are from.
func TestAccount_grants(t *testing.T) {
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
		fmt.Sprintf(`The state records another account for the grants: user "octocat" on %s. The provider is configured for user "octocat" on %s`, a.host(), b.host()), "Nothing was sent")
	if err := b.checkSent(); err != nil {
		t.Error(err)
	}
	// A plan with a refresh lists the grants on the new server.
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Grants will be revoked: 1, beginning with ID 1")
	if left := b.Grants(); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

// An authorization of another user cannot be imported.
func TestAccount_importOfAnotherUser(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withHubot)
	sim.AddAuthorization(ghessim.Authorization{ID: 7, Login: hubot, Note: new("theirs")})
	w := newWorkspace(t, sim.config(oneNote))
	contains(t, w.must(1, "import", "ghes_authorization.test", "7"), "Cannot import non-existent remote object")
}

// tfstate is the part of a state file that these tests read.
type tfstate struct {
	Resources []struct {
		Type      string `json:"type"`
		Instances []struct {
			Private []byte `json:"private"`
		} `json:"instances"`
	} `json:"resources"`
}

// privateData returns the private data of the first authorization.
func (w *workspace) privateData(t *testing.T) privateData {
	t.Helper()
	var state tfstate
	if err := json.Unmarshal([]byte(w.read("terraform.tfstate")), &state); err != nil {
		t.Fatal(err)
	}
	for _, resource := range state.Resources {
		if resource.Type != authorizationType {
			continue
		}
		var private map[string][]byte
		var data privateData
		if err := json.Unmarshal(resource.Instances[0].Private, &private); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(private[privateDataKey], &data); err != nil {
			t.Fatal(err)
		}
		return data
	}
	return privateData{}
}
