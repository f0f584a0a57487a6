package main

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const (
	username  = "octocat"
	statePath = "/state"
)

// server is a simulated GitHub Enterprise Server that delays each response. It also
// keeps the state of the CLI.
type server struct {
	*httptest.Server
	sim      *ghessim.Server
	password string
	latency  atomic.Int64 // of each response, as a time.Duration
}

func newServer() *server {
	s := &server{password: rand.Text()}
	s.sim = ghessim.New(ghessim.Options{Users: []ghessim.User{{Login: username, Password: s.password}}})
	s.sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		time.Sleep(time.Duration(s.latency.Load()))
		next.ServeHTTP(w, r)
	})
	mux := http.NewServeMux()
	mux.Handle("/", s.sim)
	mux.Handle(statePath, &stateStore{})
	s.Server = httptest.NewServer(mux)
	return s
}

// traffic counts the requests of a command.
type traffic struct {
	lists  int // pages of the list of authorizations
	byID   int // reads of one authorization
	writes int
}

func (t traffic) total() int { return t.lists + t.byID + t.writes }

// traffic returns the requests since the log was cleared.
func (s *server) traffic() traffic {
	var t traffic
	for _, r := range s.sim.Requests() {
		path, _, _ := strings.Cut(r.Path, "?")
		switch {
		case r.Method != http.MethodGet:
			t.writes++
		case strings.HasSuffix(path, "/authorizations"):
			t.lists++
		default:
			t.byID++
		}
	}
	return t
}

// stateStore keeps the state for the CLI, as the server of an "http" backend. With a
// local state the CLI writes the whole file again after each resource, which takes
// far longer than the provider.
type stateStore struct {
	mu    sync.Mutex
	state []byte
}

// ServeHTTP implements http.Handler.
func (s *stateStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Method {
	case http.MethodGet:
		if s.state == nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(s.state) // A CLI that has exited needs no response.
	case http.MethodPost:
		state, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "incomplete state", http.StatusBadRequest)
			return
		}
		s.state = state
	case "LOCK", "UNLOCK": // Only one CLI at a time uses a state here.
	default:
		http.Error(w, "not a request of a backend", http.StatusMethodNotAllowed)
	}
}
