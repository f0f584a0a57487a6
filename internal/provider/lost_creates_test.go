package provider

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// lostCreateConfigs are resources whose creates send POST or PUT. A %s is for further arguments.
var lostCreateConfigs = map[string]struct{ method, config string }{
	"personal": {http.MethodPost, "resource \"ghes_authorization\" \"test\" {\n  count = N\n  note = \"ci-${count.index}\"\n  ARGUMENTS\n}\n"},
	"prefix":   {http.MethodPost, "resource \"ghes_authorization\" \"test\" {\n  count = N\n  note_prefix = \"ci-${count.index}-\"\n  ARGUMENTS\n}\n"},
	"app": {http.MethodPost, fmt.Sprintf("resource \"ghes_authorization\" \"test\" {\n  count = N\n  client_id = %q\n  client_secret = %q\n  fingerprint = \"ci-${count.index}\"\n  ARGUMENTS\n}\n",
		testClientID, testSecret)},
	"fingerprint": {http.MethodPut, fmt.Sprintf("resource \"ghes_authorization_fingerprint\" \"test\" {\n  count = N\n  client_id = %q\n  client_secret = %q\n  fingerprint = \"ci-${count.index}\"\n  ARGUMENTS\n}\n",
		testClientID, testSecret)},
}

// lostCreates is a configuration of n resources of a kind.
func (i *instance) lostCreates(kind string, n int, arguments, more string) string {
	return i.config(strings.NewReplacer("N\n", fmt.Sprint(n)+"\n", "ARGUMENTS", arguments).Replace(lostCreateConfigs[kind].config) + more)
}

// lists responds to requests for the list of authorizations with f. The server responds
// to all others.
func lists(f fault) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/authorizations") {
			f(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	}
}

// loseCreates has the server execute creates and respond with 500, and respond with 503 for the
// list. The create of the note "first" succeeds.
func (i *instance) loseCreates() {
	failed := acted(respond(http.StatusInternalServerError, `{"message":"Failed"}`))
	i.inject(map[string]fault{
		http.MethodPost: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if i.about(r) == "first" {
				next.ServeHTTP(w, r)
				return
			}
			failed(w, r, next)
		},
		http.MethodPut: failed,
		http.MethodGet: lists(respond(http.StatusServiceUnavailable, `{"message":"Service unavailable"}`)),
	})
}

// checkNamed fails unless the output names each of these authorizations, by its ID, its note or its
// fingerprint.
func checkNamed(t *testing.T, output string, all []ghessim.Authorization) {
	t.Helper()
	for _, a := range all {
		isNamed := strings.Contains(output, fmt.Sprintf("authorization %d may be left on the server", a.ID)) ||
			strings.Contains(output, fmt.Sprintf("%q may be left on the server", nameOf(a)))
		if !isNamed {
			t.Errorf("authorization %d, %q, is not named in %q", a.ID, nameOf(a), errorsIn(output))
		}
	}
}

// If the server acts on a create, and neither its response nor the list arrives, then the run
// creates nothing more, and names each authorization that may be left.
func TestLostCreates_stop(t *testing.T) {
	t.Parallel()
	const parallel = 4
	for kind := range lostCreateConfigs {
		for name, arguments := range map[string]string{"": "", ", adopt": `on_existing = "adopt"`, ", replace": `on_existing = "replace"`, ", after a success": "depends_on = [ghes_authorization.first]"} {
			t.Run(kind+name, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				sim.loseCreates()
				isFirst := strings.HasPrefix(arguments, "depends_on")
				more, most := "", 1 // until the server has accepted a request, they go one at a time
				if isFirst {
					more, most = "resource \"ghes_authorization\" \"first\" { note = \"first\" }\n", parallel
				}
				w := newWorkspace(t, sim.lostCreates(kind, 20, arguments, more))
				output := w.must(1, "apply", "-auto-approve", fmt.Sprintf("-parallelism=%d", parallel))

				left := sim.Authorizations()
				if isFirst {
					left = left[1:]
				}
				if len(left) == 0 || len(left) > most {
					t.Errorf("%d authorizations are left, want %d at most", len(left), most)
				}
				checkNamed(t, output, left)
				contains(t, output, "not sent, because the response to an earlier create was lost: ", "500 Internal Server Error", "503 Service Unavailable")
				if n := len(errorsIn(output)); n != 20 {
					t.Errorf("%d errors, want 20", n)
				}
				if n := len(w.tokens()); isFirst != (n == 1) {
					t.Errorf("the state has %d authorizations", n)
				}
			})
		}
	}
}

// saysExists are texts about an authorization that somebody else has, or that was taken over.
var saysExists = []string{"already has this note", "was adopted", "import {", "another resource", "has another personal access token", "has an authorization for this app", "was revoked", "exists already", "existed already"}

// checkNotForeign fails if the output says that the authorization is somebody else's.
func checkNotForeign(t *testing.T, output string) {
	t.Helper()
	for _, text := range saysExists {
		if strings.Contains(output, text) {
			t.Errorf("%q is in %q", text, errorsIn(output))
		}
	}
}

// onlyCreates fails if the server got a request that changes or deletes something.
func onlyCreates(t *testing.T, sim *instance) {
	t.Helper()
	for _, r := range sim.Requests() {
		if r.Method == http.MethodPatch || r.Method == http.MethodDelete {
			t.Errorf("sent %s %s", r.Method, r.Path)
		}
	}
}

// emptyList is the list as it was before the first create.
var emptyList = respond(http.StatusOK, "[]")

// doubtfulLists are lists that do not prove the result of a create with a lost response. They do
// not show the authorization, or show it changed.
var doubtfulLists = map[string]fault{
	"hidden":  emptyList,
	"changed": changed(`"note_url":null`, `"note_url":"https://example.com"`),
}

// A response is lost, and the list does not prove that the authorization on the server is of this
// create. The provider never treats it as another run's, adopts, changes or revokes it, also if the
// server says next that it exists.
func TestLostCreates_doubt(t *testing.T) {
	t.Parallel()
	for kind := range lostCreateConfigs {
		for list, f := range doubtfulLists {
			if kind == "prefix" && list == "changed" {
				continue // the note proves it
			}
			for _, policy := range []string{"fail", "adopt", "replace"} {
				t.Run(kind+", "+list+", "+policy, func(t *testing.T) {
					t.Parallel()
					sim := newInstance(t)
					lost := first(acted(dropped))
					sim.inject(map[string]fault{http.MethodPost: lost, http.MethodPut: lost, http.MethodGet: lists(f)})
					w := newWorkspace(t, sim.lostCreates(kind, 1, fmt.Sprintf("on_existing = %q", policy), ""))
					output := w.must(1, "apply", "-auto-approve")
					left := sim.Authorizations()
					if len(left) != 1 {
						t.Fatalf("%d authorizations, want the lost one", len(left))
					}
					checkNamed(t, output, left)
					checkNotForeign(t, output)
					contains(t, output, "Error: Unable to create authorization", "The server may have created a", "If this run created it, delete it", "its token is valid, and nobody has it")
					onlyCreates(t, sim)
					if n := len(w.tokens()); n != 0 {
						t.Errorf("the state has %d authorizations", n)
					}
				})
			}
		}
	}
}

// lateList loses the response to the first create. The list that is read right after a create does
// not show what it has created.
func lateList() (create, list fault) {
	var isLate atomic.Bool
	lost := first(acted(dropped))
	create = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		isLate.Store(true)
		lost(w, r, next)
	}
	list = lists(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if isLate.Swap(false) {
			emptyList(w, r, nil)
			return
		}
		next.ServeHTTP(w, r)
	})
	return create, list
}

// If the list shows a lost authorization late, it may be another run's: the error names it, and it
// stays. If its note was generated, it is revoked, and another one is created, whose token is in
// state.
func TestLostCreates_late(t *testing.T) {
	t.Parallel()
	for kind := range lostCreateConfigs {
		for _, policy := range []string{"fail", "adopt", "replace"} {
			t.Run(kind+", "+policy, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				create, list := lateList()
				sim.inject(map[string]fault{http.MethodPost: first(create), http.MethodPut: first(create), http.MethodGet: list})
				w := newWorkspace(t, sim.lostCreates(kind, 1, fmt.Sprintf("on_existing = %q", policy), ""))
				if kind == "prefix" {
					checkNotForeign(t, w.must(0, "apply", "-auto-approve"))
					all := sim.Authorizations()
					if len(all) != 1 || w.tokens()[all[0].ID] != all[0].Token {
						t.Errorf("the server has %d authorizations, the state %d", len(all), len(w.tokens()))
					}
					return
				}
				output := w.must(1, "apply", "-auto-approve")
				checkNotForeign(t, output)
				all := sim.Authorizations()
				if len(all) != 1 || len(w.tokens()) != 0 {
					t.Errorf("the server has %d authorizations, the state %d", len(all), len(w.tokens()))
				}
				checkNamed(t, output, all)
			})
		}
	}
}

// An ephemeral token whose response is lost, and which the list does not show at first, is revoked
// when the run ends.
func TestLostCreates_ephemeral(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, arguments := range map[string]string{"personal": "", "app": fmt.Sprintf("client_id = %q\nclient_secret = %q", testClientID, testSecret)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			create, list := lateList()
			sim.inject(map[string]fault{http.MethodPost: create, http.MethodGet: list})
			w := newBinaryWorkspace(t, once(sim, arguments, "true"))
			w.env = append(w.env, "GHES_MAX_RETRIES=1")
			output := w.must(1, "plan")
			checkNotForeign(t, output)
			contains(t, output, "Error: Unable to open ephemeral authorization", "the response to an earlier attempt was lost", `an authorization`, ` may be left on the server`)
			none(t, sim)
		})
	}
}
