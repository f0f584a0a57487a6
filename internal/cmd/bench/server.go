package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// server is a simulated one, on a loopback port, that takes its time.
type server struct {
	url, user, password string

	sim    *ghessim.Server
	http   *http.Server
	served chan error

	mu      sync.Mutex
	latency time.Duration // of every answer
	read    map[string]bool
	traffic traffic
}

// traffic is what a server was sent.
type traffic struct {
	Lists    int // pages of the list of authorizations
	Numbers  int // reads of one authorization
	Writes   int
	Repeated int // reads of what this run had read already
}

func (t traffic) total() int { return t.Lists + t.Numbers + t.Writes }

func newServer(ctx context.Context) (*server, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{url: "http://" + listener.Addr().String(), user: "octocat", password: rand.Text(), served: make(chan error, 1)}
	s.sim = ghessim.New(ghessim.Options{Users: []ghessim.User{{Login: s.user, Password: s.password}}})
	mux := http.NewServeMux()
	mux.Handle("/", s)
	mux.Handle(statePath, &store{})
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

// close ends the server at once: whoever talked to it has ended before.
func (s *server) close() error {
	err := s.http.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// begin forgets what was sent so far and sets how long each answer takes.
func (s *server) begin(latency time.Duration) {
	s.sim.ClearRequests()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency, s.read, s.traffic = latency, map[string]bool{}, traffic{}
}

// sent returns what was sent since the last begin.
func (s *server) sent() traffic {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.traffic
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(s.count(r))
	s.sim.ServeHTTP(w, r)
}

// count counts a request and returns how long its answer is to take.
func (s *server) count(r *http.Request) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodGet {
		if s.read[r.RequestURI] {
			s.traffic.Repeated++
		}
		s.read[r.RequestURI] = true
	}
	switch {
	case r.Method != http.MethodGet:
		s.traffic.Writes++
	case strings.HasSuffix(r.URL.Path, "/authorizations"):
		s.traffic.Lists++
	default:
		s.traffic.Numbers++
	}
	return s.latency
}
