package provider

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// behindOneHost returns servers behind one host, each at a path. The path "" is the
// server for all other paths.
func behindOneHost(t *testing.T, paths ...string) []*instance {
	t.Helper()
	mux := http.NewServeMux()
	host := httptest.NewServer(mux)
	t.Cleanup(host.Close)
	var all []*instance
	for _, path := range paths {
		sim := newInstance(t)
		sim.url = host.URL + path
		mux.Handle(path+"/", http.StripPrefix(path, sim))
		all = append(all, sim)
	}
	return all
}

var byFingerprintNote = fmt.Sprintf("resource \"ghes_authorization_fingerprint\" \"test\" {\n  client_id = %q\n  client_secret = %q\n  fingerprint = \"a\"\n  note = \"ci\"\n}\n", testClientID, testSecret)

// The path of base_url distinguishes servers behind one host.
func TestAccount_path(t *testing.T) {
	t.Parallel()
	for _, paths := range [][]string{{"/a", "/b"}, {"/a", "/A"}, {"/a", ""}, {"", "/a"}, {"/a", "/a/b"}} {
		for kind, body := range map[string]string{authorizationType: oneNote, fingerprintType: byFingerprintNote} {
			t.Run(fmt.Sprintf("%q to %q, %s", paths[0], paths[1], kind), func(t *testing.T) {
				t.Parallel()
				servers := behindOneHost(t, paths...)
				a, b := servers[0], servers[1]
				w := newWorkspace(t, a.config(body))
				w.must(0, "apply", "-auto-approve")
				stored, configured := `user "octocat" on `+a.host()+".", `user "octocat" on `+b.host()+","

				w.write("main.tf", b.config(body))
				for _, command := range [][]string{{"plan"}, {"apply", "-refresh-only", "-auto-approve"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}} {
					output := w.must(1, command...)
					contains(t, output, "Error: Unable to read authorization", stored, configured, "Nothing was changed")
					if strings.Contains(output, "deleted") {
						t.Errorf("%q: reported as deleted:\n%s", command, output)
					}
				}
				b.copyOf(a)
				b.forget()
				changed := strings.Replace(body, `"ci"`, `"ci 2"`, 1)
				for _, test := range []struct{ body, action, command string }{
					{changed, "update", "apply"}, {"", "delete", "apply"}, {body, "delete", "destroy"},
				} {
					w.write("main.tf", b.config(test.body))
					contains(t, w.must(1, test.command, "-auto-approve", "-refresh=false"), "Error: Unable to "+test.action+" authorization", stored, configured, "Nothing was sent")
				}
				if err := b.checkSent(); err != nil {
					t.Error(err)
				}
				w.write("main.tf", a.config(body))
				w.must(0, "plan", "-detailed-exitcode")
			})
		}
	}
}

// Every spelling of the address is the same account.
func TestAccount_pathSpelling(t *testing.T) {
	t.Parallel()
	sim := behindOneHost(t, "/a")[0]
	w := newWorkspace(t, sim.config(oneNote))
	w.must(0, "apply", "-auto-approve")
	for i, spelling := range []string{"/", "/api/v3", "/api/v3/", "//"} {
		changed := strings.Replace(oneNote, `"ci"`, fmt.Sprintf(`"ci %d"`, i), 1)
		w.write("main.tf", strings.Replace(sim.config(changed), sim.url, sim.url+spelling, 1))
		contains(t, w.must(0, "apply", "-auto-approve", "-refresh=false"), "1 changed")
		if got := w.privateData(t); got.Host != sim.host() {
			t.Errorf("%s: stored %+v, want %s", spelling, got, sim.host())
		}
	}
	sim.RevokeAuthorization(1)
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "was deleted outside of Terraform", "1 to add")
}

// A state of a version that stored no path gets the path in a refresh that finds the
// authorization. Until then the provider does not rely on the host alone.
func TestAccount_pathNotStored(t *testing.T) {
	t.Parallel()
	a := behindOneHost(t, "/a", "/b")[0]
	host := strings.TrimSuffix(a.host(), "/a")
	w := newWorkspace(t, a.config(oneNote))
	w.must(0, "apply", "-auto-approve")
	withoutPath := func() {
		w.editPrivate(t, privateDataKey, func(data *privateData) { data.Host = host })
		if got := w.privateData(t); got.account != (account{host, testUser}) {
			t.Fatalf("stored %+v", got)
		}
	}

	withoutPath()
	w.must(0, "plan", "-detailed-exitcode")
	w.must(0, "apply", "-auto-approve")
	if got := w.privateData(t); got.account != (account{a.host(), testUser}) {
		t.Errorf("stored %+v, want %s", got, a.host())
	}

	withoutPath()
	contains(t, w.must(1, "destroy", "-auto-approve", "-refresh=false"), "Unable to delete authorization", "Nothing was sent", "terraform apply -refresh-only")
	a.EditAuthorization(1, func(a *ghessim.Authorization) { a.CreatedAt = a.CreatedAt.AddDate(0, 0, -1) })
	contains(t, w.must(1, "plan"), "Authorization 1 is not the one in state", `user "octocat" on `+host+".", `user "octocat" on `+a.host())
	a.RevokeAuthorization(1)
	contains(t, w.must(1, "plan"), "Unable to read authorization", `user "octocat" on `+host+".", `user "octocat" on `+a.host()+",")
}

// editPrivate changes the private data of the only resource in the state.
func (w *workspace) editPrivate(t *testing.T, key string, edit func(*privateData)) {
	t.Helper()
	state := w.read("terraform.tfstate")
	var parsed tfstate
	if err := json.Unmarshal([]byte(state), &parsed); err != nil {
		t.Fatal(err)
	}
	old := parsed.Resources[0].Instances[0].Private
	var private map[string][]byte
	if err := json.Unmarshal(old, &private); err != nil {
		t.Fatal(err)
	}
	var data privateData
	if err := json.Unmarshal(private[key], &data); err != nil {
		t.Fatal(err)
	}
	edit(&data)
	private[key] = must(json.Marshal(data))
	encoded := base64.StdEncoding.EncodeToString(must(json.Marshal(private)))
	w.write("terraform.tfstate", strings.Replace(state, base64.StdEncoding.EncodeToString(old), encoded, 1))
}

// Grants are not revoked on the other server either.
func TestAccount_pathGrants(t *testing.T) {
	t.Parallel()
	exclusive := "resource \"ghes_grants_exclusive\" \"test\" {\n  allowed_client_ids = [\"ours\"]\n}\n"
	for _, paths := range [][]string{{"/a", "/b"}, {"/a", ""}, {"", "/b"}} {
		t.Run(fmt.Sprintf("%q to %q", paths[0], paths[1]), func(t *testing.T) {
			t.Parallel()
			servers := behindOneHost(t, paths...)
			a, b := servers[0], servers[1]
			w := newWorkspace(t, a.config(exclusive))
			w.must(0, "apply", "-auto-approve")
			for _, sim := range servers {
				sim.AddGrant(ghessim.Grant{ClientID: "unwanted"})
			}
			w.must(0, "apply", "-refresh-only", "-auto-approve")
			w.write("main.tf", b.config(exclusive))
			b.forget()
			contains(t, w.must(1, "apply", "-auto-approve", "-refresh=false"), "Error: Unable to revoke grants",
				`user "octocat" on `+a.host()+".", `user "octocat" on `+b.host()+",", "Nothing was sent")
			if err := b.checkSent(); err != nil {
				t.Error(err)
			}
			if len(b.Grants()) != 1 || len(a.Grants()) != 1 {
				t.Errorf("%+v and %+v are left", a.Grants(), b.Grants())
			}
		})
	}
}
