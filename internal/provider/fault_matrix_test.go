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
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// operation is the work of an apply with one resource for each fault. The note or
// fingerprint of a resource is the name of its fault. Requests of that method go wrong.
type operation struct {
	method        string
	before, after string // configurations of the resources
	exists        func(name string) ghessim.Authorization
	adopts        bool // what exists keeps its token
}

const (
	personalConfig = `resource "ghes_authorization" "all" {
  for_each   = local.names
  depends_on = [ghes_authorization.first]
  note       = each.key
  ARGUMENTS
}`
	appConfig = `resource "ghes_authorization" "all" {
  for_each      = local.names
  depends_on    = [ghes_authorization.first]
  client_id     = local.client_id
  client_secret = local.client_secret
  fingerprint   = each.key
  scopes        = [index(local.list, each.key) % 2 == 0 ? "repo" : "user"] # the server keeps ten of the same
  ARGUMENTS
}`
	fingerprintConfig = `resource "ghes_authorization_fingerprint" "all" {
  for_each      = local.names
  depends_on    = [ghes_authorization.first]
  client_id     = local.client_id
  client_secret = local.client_secret
  fingerprint   = each.key
  scopes        = [index(local.list, each.key) % 2 == 0 ? "repo" : "user"] # the server keeps ten of the same
  ARGUMENTS
}`
)

func withArguments(config, arguments string) string {
	return strings.Replace(config, "ARGUMENTS", arguments, 1)
}

func personalNamed(name string) ghessim.Authorization {
	return ghessim.Authorization{Note: &name, Scopes: []string{"gist"}}
}

func appTokenNamed(name string) ghessim.Authorization {
	return ghessim.Authorization{ClientID: testClientID, Fingerprint: &name, Scopes: []string{"gist"}}
}

var operations = map[string]operation{
	"create":                       {method: http.MethodPost, after: withArguments(personalConfig, "")},
	"create an app's":              {method: http.MethodPost, after: withArguments(appConfig, "")},
	"create by fingerprint":        {method: http.MethodPut, after: withArguments(fingerprintConfig, "")},
	"refresh":                      {method: http.MethodGet, before: withArguments(personalConfig, ""), after: withArguments(personalConfig, "")},
	"update":                       {method: http.MethodPatch, before: withArguments(personalConfig, ""), after: withArguments(personalConfig, `scopes = ["repo"]`)},
	"delete":                       {method: http.MethodDelete, before: withArguments(personalConfig, "")},
	"rotate":                       {method: http.MethodPost, before: withArguments(personalConfig, ""), after: withArguments(personalConfig, `rotate_when_changed = { a = 1 }`)},
	"rotate, revoking the old one": {method: http.MethodDelete, before: withArguments(personalConfig, ""), after: withArguments(personalConfig, `rotate_when_changed = { a = 1 }`)},
	"adopt":                        {method: http.MethodPost, after: withArguments(personalConfig, `on_existing = "adopt"`), exists: personalNamed, adopts: true},
	"adopt, changing it":           {method: http.MethodPatch, after: withArguments(personalConfig, `on_existing = "adopt"`), exists: personalNamed, adopts: true},
	"adopt by fingerprint":         {method: http.MethodPut, after: withArguments(fingerprintConfig, ""), exists: appTokenNamed, adopts: true},
	"replace":                      {method: http.MethodPost, after: withArguments(personalConfig, `on_existing = "replace"`), exists: personalNamed},
	"replace, revoking the old":    {method: http.MethodDelete, after: withArguments(personalConfig, `on_existing = "replace"`), exists: personalNamed},
	"replace by fingerprint":       {method: http.MethodPut, after: withArguments(fingerprintConfig, `on_existing = "replace"`), exists: appTokenNamed},
}

// After any fault in an apply, the next one ends in the declared state. Nothing else is
// on the server, tokens in state are the server's, adopted authorizations have kept
// their tokens, and the plan is empty.
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
// returns how many faults there were.
func (op operation) run(t *testing.T) int {
	t.Helper()
	sim := newInstance(t)
	faults := faultsByName()
	names := slices.Sorted(maps.Keys(faults))
	existingTokens := op.addExisting(sim, names)
	w := newWorkspace(t, sim.matrixConfig(names, op.before), WithReadsByID()) // so that a GET is about one of them
	w.must(0, "apply", "-auto-approve")

	after := sim.matrixConfig(names, op.after)
	w.write("main.tf", strings.Replace(after, sim.url, nowhere, 1))
	contains(t, w.must(1, "apply", "-auto-approve"), "connection refused")

	w.write("main.tf", after)
	output := op.applyWithFaults(t, sim, w, faults)
	output += w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	declared := names
	if op.after == "" {
		declared = nil
	}
	sim.checkDeclared(t, declared, output)
	op.checkTokens(t, sim, w.tokens(), declared, existingTokens)
	return len(names) + 1
}

// addExisting adds the authorizations that exist before the apply, and returns their
// tokens by name.
func (op operation) addExisting(sim *instance, names []string) map[string]string {
	tokens := map[string]string{}
	if op.exists == nil {
		return tokens
	}
	for _, name := range names {
		tokens[name] = sim.AddAuthorization(op.exists(name)).Token
	}
	return tokens
}

// applyWithFaults applies until each fault has happened in one of the applies, and returns
// the output. A create that may have left an authorization behind ends the other creates of
// its apply, so the next apply is without the faults that have happened.
func (op operation) applyWithFaults(t *testing.T, sim *instance, w *workspace, faults map[string]fault) string {
	t.Helper()
	remaining := maps.Clone(faults)
	var all string
	for len(remaining) > 0 {
		happened := sim.injectByName(op.method, maps.Clone(remaining))
		output, _ := w.run("apply", "-auto-approve", "-parallelism=20")
		all += output + "\n"
		before := len(remaining)
		maps.DeleteFunc(remaining, func(name string, _ fault) bool { return happened(name) })
		if len(remaining) == before {
			t.Errorf("%q have not happened:\n%s", slices.Sorted(maps.Keys(remaining)), all)
			break
		}
	}
	sim.Intercept(nil)
	return all
}

// checkTokens checks that the state has the tokens of the authorizations, and no token of
// an adopted one, which still has the token that existed before.
func (op operation) checkTokens(t *testing.T, sim *instance, stored map[int64]string, names []string, existing map[string]string) {
	t.Helper()
	for _, name := range names {
		a := sim.named(name)
		token, inState := stored[a.ID]
		switch {
		case !inState:
			t.Errorf("%s: authorization %d is not in the state", name, a.ID)
		case op.adopts && (token != "" || a.Token != existing[name]):
			t.Errorf("%s: adopted, the state has token %q, the server %q, and had %q", name, token, a.Token, existing[name])
		case !op.adopts && (token == "" || token != a.Token):
			t.Errorf("%s: the state has token %q, the server %q", name, token, a.Token)
		}
	}
}

// faultsByName returns the known faults, by names that are not IDs.
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

// injectByName injects each fault into the requests about its name. It returns a function
// that reports whether the fault with a name has happened.
func (i *instance) injectByName(method string, faults map[string]fault) (happened func(name string) bool) {
	var names sync.Map
	i.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		name := i.about(r)
		f, ok := faults[name]
		if !ok || r.Method != method {
			next.ServeHTTP(w, r)
			return
		}
		names.Store(name, true)
		f(w, r, next)
	})
	return func(name string) bool {
		_, ok := names.Load(name)
		return ok
	}
}

// about returns the name of the resource that a request is about.
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
		name, _, _ := strings.Cut(asked.Note, "#")
		return name
	}
	return last
}

// nameOf returns the fingerprint, or the note without the unique suffix after a #.
func nameOf(a ghessim.Authorization) string {
	switch {
	case a.Fingerprint != nil:
		return *a.Fingerprint
	case a.Note != nil:
		name, _, _ := strings.Cut(*a.Note, "#")
		return name
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
