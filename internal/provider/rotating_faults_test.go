package provider

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// rotatingOperation is what an apply does with one rotating token for each fault, whose name is the
// beginning of its note. Requests of that method go wrong.
type rotatingOperation struct {
	method        string
	rotations     int // before the apply
	advance       int // days before the apply
	before, after string
	left          int // tokens of each afterwards
}

func rotatingArguments(arguments string) string {
	return `resource "ghes_rotating_authorization" "all" {
  for_each          = local.names
  depends_on        = [ghes_authorization.first]
  note_prefix       = "${each.key}#"
  rotate_after_days = 30
  overlap_days      = 2
  ` + arguments + "\n}"
}

func rotatedTo(n int) string {
	return rotatingArguments(fmt.Sprintf("rotate_when_changed = { a = %d }", n))
}

var rotatingOperations = map[string]rotatingOperation{
	"create":                        {method: http.MethodPost, after: rotatedTo(0), left: 1},
	"refresh":                       {method: http.MethodGet, before: rotatedTo(0), after: rotatedTo(0), left: 1},
	"refresh two tokens":            {method: http.MethodGet, rotations: 1, before: rotatedTo(1), after: rotatedTo(1), left: 2},
	"change both tokens":            {method: http.MethodPatch, rotations: 1, before: rotatedTo(1), after: rotatingArguments("rotate_when_changed = { a = 1 }\n  scopes = [\"repo\"]"), left: 2},
	"rotate":                        {method: http.MethodPost, before: rotatedTo(0), after: rotatedTo(1), left: 2},
	"rotate when due":               {method: http.MethodPost, advance: 30, before: rotatedTo(0), after: rotatedTo(0), left: 2},
	"rotate, revoking the previous": {method: http.MethodDelete, rotations: 1, before: rotatedTo(1), after: rotatedTo(2), left: 2},
	"rotate, with a previous one":   {method: http.MethodPost, rotations: 1, before: rotatedTo(1), after: rotatedTo(2), left: 2},
	"rotate, changing what is kept": {method: http.MethodPatch, before: rotatedTo(0), after: rotatingArguments("rotate_when_changed = { a = 1 }\n  scopes = [\"repo\"]"), left: 2},
	"revoke after the overlap":      {method: http.MethodDelete, rotations: 1, advance: 2, before: rotatedTo(1), after: rotatedTo(1), left: 1},
	"destroy":                       {method: http.MethodDelete, rotations: 1, before: rotatedTo(1), left: 0},
}

// After any fault in a rotation, the next apply ends in the declared state. State has the tokens of
// authorizations on the server, and the server has no other ones. At no time does the server have more
// than two of one resource, or none that works.
func TestFaultMatrix_rotating(t *testing.T) {
	t.Parallel()
	var cases atomic.Int64
	t.Cleanup(func() { t.Logf("%d cases of %d operations", cases.Load(), len(rotatingOperations)) })
	for name, op := range rotatingOperations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cases.Add(int64(op.run(t)))
		})
	}
}

func (op rotatingOperation) run(t *testing.T) int {
	t.Helper()
	faults := faultsByName()
	names := slices.Sorted(maps.Keys(faults))
	sim, counts := newCountedInstance(t, names)
	w := newWorkspace(t, sim.matrixConfig(names, ""), WithReadsByID(), WithClock(sim.now))
	apply := func(resources string) {
		w.write("main.tf", sim.matrixConfig(names, resources))
		w.must(0, "apply", "-auto-approve", "-parallelism=20")
	}
	for n := range op.rotations {
		apply(rotatedTo(n))
	}
	apply(op.before)
	sim.advance(op.advance)
	w.write("main.tf", sim.matrixConfig(names, op.after))
	counts.watch(op.before != "" && op.after != "") // a create begins with none, and a destroy ends with none
	output := operation{method: op.method}.applyWithFaults(t, sim, w, faults)
	output += w.must(0, "apply", "-auto-approve", "-parallelism=20")
	w.must(0, "plan", "-detailed-exitcode", "-parallelism=20")
	counts.check(t)

	tokens := w.tokens()
	there := map[string]int{}
	current := map[string]int{}
	for _, a := range sim.Authorizations() {
		there[nameOf(a)]++
		token, inState := tokens[a.ID]
		if inState {
			current[nameOf(a)]++
		}
		if inState && token != a.Token {
			t.Errorf("%s: the state has token %q, authorization %d has %q", nameOf(a), token, a.ID, a.Token)
		}
		delete(tokens, a.ID)
	}
	if len(tokens) > 0 {
		t.Errorf("the state has tokens of authorizations that do not exist: %v", slices.Sorted(maps.Keys(tokens)))
	}
	for _, name := range names {
		if there[name] != op.left || current[name] != min(op.left, 1) {
			t.Errorf("%s: the server has %d, want %d, and the state has %d current ones\n%s", name, there[name], op.left, current[name], output)
		}
	}
	return len(names)
}

// tokenCounts watches how many authorizations the server has for each name.
type tokenCounts struct {
	names []string

	mu       sync.Mutex
	watching bool
	wrong    []string
}

func (c *tokenCounts) watch(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watching = on
}

func (c *tokenCounts) look(i *instance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.watching {
		return
	}
	there := map[string]int{}
	for _, a := range i.Authorizations() {
		there[nameOf(a)]++
	}
	for _, name := range c.names {
		if n := there[name]; n < 1 || n > 2 {
			c.wrong = append(c.wrong, fmt.Sprintf("%d of %s", n, name))
		}
	}
}

func (c *tokenCounts) check(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wrong) > 0 {
		t.Errorf("at some time the server had %q", slices.Compact(slices.Sorted(slices.Values(c.wrong))))
	}
}

// newCountedInstance starts a server that is looked at after each request.
func newCountedInstance(t *testing.T, names []string) (*instance, *tokenCounts) {
	t.Helper()
	sim, counts := newInstance(t), &tokenCounts{names: names}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer counts.look(sim)
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	sim.url = server.URL
	return sim, counts
}
