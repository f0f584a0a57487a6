package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// operation is what an apply does with one resource for each fault, whose name it
// has as its note or fingerprint. Requests of that method go wrong.
type operation struct {
	method        string
	before, after string // configurations of the resources
	exists        func(name string) ghessim.Authorization
	adopts        bool // what exists keeps its token
}

const (
	aPersonal = `resource "ghes_authorization" "all" {
  for_each   = local.names
  depends_on = [ghes_authorization.first]
  note       = each.key
  ARGUMENTS
}`
	anApps = `resource "ghes_authorization" "all" {
  for_each      = local.names
  depends_on    = [ghes_authorization.first]
  client_id     = local.client_id
  client_secret = local.client_secret
  fingerprint   = each.key
  scopes        = [index(local.list, each.key) % 2 == 0 ? "repo" : "user"] # the server keeps ten of the same
  ARGUMENTS
}`
	aFingerprints = `resource "ghes_authorization_fingerprint" "all" {
  for_each      = local.names
  depends_on    = [ghes_authorization.first]
  client_id     = local.client_id
  client_secret = local.client_secret
  fingerprint   = each.key
  scopes        = [index(local.list, each.key) % 2 == 0 ? "repo" : "user"] # the server keeps ten of the same
  ARGUMENTS
}`
)

func with(config, arguments string) string {
	return strings.Replace(config, "ARGUMENTS", arguments, 1)
}

func personal(name string) ghessim.Authorization {
	return ghessim.Authorization{Note: &name, Scopes: []string{"gist"}}
}

func ofApp(name string) ghessim.Authorization {
	return ghessim.Authorization{ClientID: testClientID, Fingerprint: &name, Scopes: []string{"gist"}}
}

var operations = map[string]operation{
	"create":                       {method: http.MethodPost, after: with(aPersonal, "")},
	"create an app's":              {method: http.MethodPost, after: with(anApps, "")},
	"create by fingerprint":        {method: http.MethodPut, after: with(aFingerprints, "")},
	"refresh":                      {method: http.MethodGet, before: with(aPersonal, ""), after: with(aPersonal, "")},
	"update":                       {method: http.MethodPatch, before: with(aPersonal, ""), after: with(aPersonal, `scopes = ["repo"]`)},
	"delete":                       {method: http.MethodDelete, before: with(aPersonal, "")},
	"rotate":                       {method: http.MethodPost, before: with(aPersonal, ""), after: with(aPersonal, `rotate_when_changed = { a = 1 }`)},
	"rotate, revoking the old one": {method: http.MethodDelete, before: with(aPersonal, ""), after: with(aPersonal, `rotate_when_changed = { a = 1 }`)},
	"adopt":                        {method: http.MethodPost, after: with(aPersonal, `on_existing = "adopt"`), exists: personal, adopts: true},
	"adopt, changing it":           {method: http.MethodPatch, after: with(aPersonal, `on_existing = "adopt"`), exists: personal, adopts: true},
	"adopt by fingerprint":         {method: http.MethodPut, after: with(aFingerprints, ""), exists: ofApp, adopts: true},
	"replace":                      {method: http.MethodPost, after: with(aPersonal, `on_existing = "replace"`), exists: personal},
	"replace, revoking the old":    {method: http.MethodDelete, after: with(aPersonal, `on_existing = "replace"`), exists: personal},
	"replace by fingerprint":       {method: http.MethodPut, after: with(aFingerprints, `on_existing = "replace"`), exists: ofApp},
}

// Whatever goes wrong in an apply, the next one ends in what is declared: nothing
// else is on the server, tokens in the state are the server's, what was adopted
// has kept its own, and the plan is empty.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	var cases atomic.Int64
	t.Cleanup(func() { t.Logf("%d cases of %d operations", cases.Load(), len(operations)) })
	for name, op := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cases.Add(int64(op.run(t)))
		})
	}
}

// run runs one apply without a server and then one with every fault at once, and
// returns how many there were.
func (op operation) run(t *testing.T) int {
	t.Helper()
	sim := newInstance(t)
	all := faultsByName()
	names := slices.Sorted(maps.Keys(all))
	tokens := map[string]string{} // of what exists
	if op.exists != nil {
		for _, name := range names {
			tokens[name] = sim.AddAuthorization(op.exists(name)).Token
		}
	}
	w := newWorkspace(t, sim.matrixConfig(names, op.before), WithReadsByNumber()) // so that each has its own
	w.env = append(w.env, "GHES_REQUEST_TIMEOUT=1s", "GHES_MAX_WAIT=5s")
	w.must(0, "apply", "-auto-approve")

	after := sim.matrixConfig(names, op.after)
	w.write("main.tf", strings.Replace(after, sim.url, nowhere, 1))
	contains(t, w.must(1, "apply", "-auto-approve"), "connection refused")

	met := sim.injectByName(op.method, all)
	w.write("main.tf", after)
	var faulty string
	for try := 0; try < 10 && slices.ContainsFunc(names, func(name string) bool { return !met(name) }); try++ {
		// Where the first request finds no server, the others are not sent.
		output, _ := w.run("apply", "-auto-approve", "-parallelism=20")
		faulty += output + "\n"
	}
	sim.Intercept(nil)
	for _, name := range names {
		if !met(name) {
			t.Errorf("%s has not happened:\n%s", name, faulty)
		}
	}

	output := w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	declared := names
	if op.after == "" {
		declared = nil
	}
	sim.checkDeclared(t, declared, faulty+"\n"+output)
	stored := w.tokens()
	for _, name := range declared {
		a := sim.named(name)
		token, inState := stored[a.ID]
		switch {
		case !inState:
			t.Errorf("%s: authorization %d is not in the state", name, a.ID)
		case op.adopts && (token != "" || a.Token != tokens[name]):
			t.Errorf("%s: adopted, the state has token %q, the server %q, and had %q", name, token, a.Token, tokens[name])
		case !op.adopts && (token == "" || token != a.Token):
			t.Errorf("%s: the state has token %q, the server %q\n%s", name, token, a.Token, faulty)
		}
	}
	return len(names) + 1
}

// faultsByName are the known faults, by names that are no numbers.
func faultsByName() map[string]fault {
	all := map[string]fault{}
	for name, known := range knownFaults() {
		all["after "+strings.NewReplacer(",", "", "'", "").Replace(name)] = known.fault
	}
	return all
}

// matrixConfig has an authorization that comes before all others, so that none of
// them has to share the outcome of the run's first request.
func (i *instance) matrixConfig(names []string, resources string) string {
	list, _ := json.Marshal(names)
	return i.config(fmt.Sprintf(`
locals {
  list          = %s
  names         = toset(local.list)
  client_id     = %q
  client_secret = %q
}
resource "ghes_authorization" "first" { note = "first" }
%s
`, list, testClientID, testSecret, resources))
}

// injectByName puts each fault in the way of the requests about its name. It
// returns a function that tells which of them have happened.
func (i *instance) injectByName(method string, faults map[string]fault) func(name string) bool {
	met := map[string]*atomic.Bool{}
	for name := range faults {
		met[name] = &atomic.Bool{}
	}
	i.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		name := i.about(r)
		f, ok := faults[name]
		if !ok || r.Method != method {
			next.ServeHTTP(w, r)
			return
		}
		met[name].Store(true)
		f(w, r, next)
	})
	return func(name string) bool { return met[name].Load() }
}

// about returns the name of what a request is about.
func (i *instance) about(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return ""
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var asked struct{ Note, Fingerprint string }
	_ = json.Unmarshal(body, &asked) // there may be none
	last := path.Base(r.URL.Path)
	if id, err := strconv.ParseInt(last, 10, 64); err == nil {
		a, _ := i.Authorization(id)
		return nameOf(a)
	}
	switch {
	case asked.Fingerprint != "":
		return asked.Fingerprint
	case asked.Note != "":
		return asked.Note
	}
	return last
}

func nameOf(a ghessim.Authorization) string {
	switch {
	case a.Fingerprint != nil:
		return *a.Fingerprint
	case a.Note != nil:
		return *a.Note
	}
	return ""
}

func (i *instance) named(name string) ghessim.Authorization {
	all := i.Authorizations()
	if n := slices.IndexFunc(all, func(a ghessim.Authorization) bool { return nameOf(a) == name }); n >= 0 {
		return all[n]
	}
	return ghessim.Authorization{}
}

// checkDeclared wants the server to have just these, and the first one.
func (i *instance) checkDeclared(t *testing.T, names []string, output string) {
	t.Helper()
	var there []string
	for _, a := range i.Authorizations() {
		there = append(there, nameOf(a))
	}
	slices.Sort(there)
	want := slices.Sorted(slices.Values(append([]string{"first"}, names...)))
	if !slices.Equal(there, want) {
		t.Errorf("the server has %q, want %q\n%s", there, want, output)
	}
}
