package main

import (
	"io"
	"net/http"
	"sync"
)

// statePath is where the server keeps the state.
const statePath = "/state"

// store keeps a state for the CLI, as a backend "http". In a file the CLIs write
// all of it anew after each resource, which takes them far longer than anything
// that is measured here.
type store struct {
	mu    sync.Mutex
	state []byte
}

// ServeHTTP implements http.Handler.
func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Method {
	case http.MethodGet:
		if s.state == nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(s.state) // a CLI that has gone needs no answer
	case http.MethodPost:
		state, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "half a state", http.StatusBadRequest)
			return
		}
		s.state = state
	default:
		http.Error(w, "not a request of a backend", http.StatusMethodNotAllowed)
	}
}
