package provider

import (
	"errors"
	"sync"
	"testing"
	"time"
)

// secretStore is the store of the stand-ins for providers of secret stores.
type secretStore struct {
	storesPlanned bool // the provider keeps the planned state if an update fails, as those on the old SDK do

	mu      sync.Mutex
	sealed  bool     // refuses to be written to
	written []string // all tokens, in order
	secrets map[string]secret
}

type secret struct {
	token string // "" for null
	at    time.Time
}

func (s *secretStore) seal(sealed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sealed = sealed
}

// tokens returns the written values, with "" for null.
func (s *secretStore) tokens() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.written...)
}

func (s *secretStore) put(name, token string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sealed {
		return errors.New("the store is sealed")
	}
	s.written = append(s.written, token)
	if s.secrets == nil {
		s.secrets = map[string]secret{}
	}
	s.secrets[name] = secret{token, at}
	return nil
}

func (s *secretStore) get(name string) (stored secret, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stored, ok = s.secrets[name]
	return stored, ok
}

func (s *secretStore) remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.secrets, name)
}

// removeAll deletes all secrets, as somebody does outside of Terraform.
func (s *secretStore) removeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.secrets)
}

// has checks that the store's last token is the one that works.
func (s *secretStore) has(t *testing.T, sim *instance, written int) {
	t.Helper()
	tokens := s.tokens()
	if len(tokens) != written {
		t.Fatalf("the store was written to %d times, want %d", len(tokens), written)
	}
	if a, _ := sim.Authorization(sim.only()); a.Token != tokens[written-1] {
		t.Errorf("the store has %q, the server %q", tokens[written-1], a.Token)
	}
}
