package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const thirtyNotes = `
resource "ghes_authorization" "test" {
  count       = 30
  note        = "ci ${count.index}"
  on_existing = %q
}
`

// createServer is a server that takes 300 ms for each create.
type createServer struct {
	*instance
	twelfth chan bool     // closed once the twelfth create has been sent
	release chan struct{} // until it is closed, the twelfth and later requests get no response
	busy    sync.WaitGroup
}

func slowCreates(t *testing.T) *createServer {
	t.Helper()
	c := &createServer{instance: newInstance(t), twelfth: make(chan bool), release: make(chan struct{})}
	var once sync.Once
	c.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		c.busy.Add(1)
		defer c.busy.Done()
		time.Sleep(150 * time.Millisecond)
		next.ServeHTTP(w, r)
		if len(c.Authorizations()) >= 12 {
			once.Do(func() { close(c.twelfth) })
			<-c.release
		}
		time.Sleep(150 * time.Millisecond)
	})
	return c
}

// workspaces are the two ways in which the CLIs run a provider in these tests.
var workspaces = map[string]func(*testing.T, string) *workspace{
	"served by the test": func(t *testing.T, config string) *workspace { return newWorkspace(t, config) },
	"started by the CLI": newBinaryWorkspace,
}

// tokens returns the tokens in the state, by the ID of the authorization.
func (w *workspace) tokens() map[int64]string {
	w.t.Helper()
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes struct {
					ID    int64
					Token string
				}
			}
		}
	}
	// A CLI that had to exit at once may have left it empty, which the next takes
	// for no state.
	if content := w.read("terraform.tfstate"); content != "" {
		if err := json.Unmarshal([]byte(content), &state); err != nil {
			w.t.Fatal(err)
		}
	}
	tokens := map[int64]string{}
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			tokens[i.Attributes.ID] = i.Attributes.Token
		}
	}
	return tokens
}

// missing returns the IDs of authorizations that the server has and the state lacks. It
// fails if the state differs from the server otherwise.
func (c *createServer) missing(w *workspace) []int64 {
	w.t.Helper()
	tokens := w.tokens()
	var missing []int64
	for _, a := range c.Authorizations() {
		token, ok := tokens[a.ID]
		switch {
		case !ok:
			missing = append(missing, a.ID)
		case token != a.Token:
			w.t.Errorf("the token of authorization %d is not in the state", a.ID)
		}
		delete(tokens, a.ID)
	}
	if len(tokens) > 0 {
		w.t.Errorf("the state has %d authorizations that the server has not", len(tokens))
	}
	return missing
}

// all checks that there are 30, each in the state with its token.
func (c *createServer) all(w *workspace) {
	w.t.Helper()
	if n, missing := len(c.Authorizations()), c.missing(w); n != 30 || missing != nil {
		w.t.Errorf("%d of 30 are created, %v not in the state", n, missing)
	}
	w.must(0, "plan", "-detailed-exitcode")
}

// After one Ctrl-C the CLI waits for the requests under way. State has every created
// authorization, nothing else begins, and the next apply creates the rest.
func TestAuthorizationResource_interrupted(t *testing.T) {
	t.Parallel()
	for name, newWorkspace := range workspaces {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := slowCreates(t)
			w := newWorkspace(t, sim.config(fmt.Sprintf(thirtyNotes, "fail")))
			w.interrupt(1, func() {
				<-sim.twelfth
				close(sim.release)
			})
			if n := len(sim.Authorizations()); n < 12 || n == 30 {
				t.Errorf("%d of 30 were created", n)
			}
			if missing := sim.missing(w); missing != nil {
				t.Errorf("%d are not in the state", missing)
			}
			w.must(0, "apply", "-auto-approve")
			sim.all(w)
		})
	}
}

// After two Ctrl-C the CLI exits at once, and the tokens of the requests under way are
// lost. The CLI warns of that. It may even leave an empty state, because it exits while
// it writes. Nothing else begins, and state has no wrong token. The next apply creates
// the rest, and names by ID the authorizations that state lacks. The user can import or
// adopt them, or replace them to get a token.
func TestAuthorizationResource_interruptedTwice(t *testing.T) {
	t.Parallel()
	for name, newWorkspace := range workspaces {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := slowCreates(t)
			w := newWorkspace(t, sim.config(fmt.Sprintf(thirtyNotes, "fail")))
			w.interrupt(2, func() { <-sim.twelfth })
			close(sim.release)
			sim.busy.Wait()
			missing := sim.missing(w)
			// At most 11 got a response, and the CLI sends ten at a time.
			if n := len(sim.Authorizations()); len(missing) == 0 || n > 21 {
				t.Errorf("%d of 30 were created, %d of them are not in the state", n, missing)
			}
			output := w.must(1, "apply", "-auto-approve")
			for _, id := range missing {
				contains(t, output, fmt.Sprintf("Authorization %d of user ", id))
			}
			if n := strings.Count(output, "Error: "); n != len(missing) {
				t.Errorf("%d errors for %d: %s", n, missing, output)
			}
			w.write("main.tf", sim.config(fmt.Sprintf(thirtyNotes, "replace")))
			w.must(0, "apply", "-auto-approve")
			sim.all(w)
		})
	}
}
