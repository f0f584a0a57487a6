package provider

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// session is the client of one run, and what the run's resources have of each
// other to know.
type session struct {
	*ghes.Client

	mu    sync.Mutex
	taken map[int64]bool
}

func newSession(client *ghes.Client) *session {
	return &session{Client: client, taken: map[int64]bool{}}
}

// take notes that a resource of this run made or adopted authorization id, and
// reports whether it is the first to.
func (s *session) take(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.taken[id]
	s.taken[id] = true
	return first
}

// isTaken reports whether a resource of this run made or adopted id.
func (s *session) isTaken(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken[id]
}

// clientFrom returns the session that the provider's Configure made. It is nil
// where that has not run, as in terraform validate.
func clientFrom(providerData any, diags *diag.Diagnostics) *session {
	if providerData == nil {
		return nil
	}
	client, ok := providerData.(*session)
	if !ok {
		diags.AddError("Unexpected provider data",
			fmt.Sprintf("Got %T instead of a session. This is a bug in the provider; please report it.", providerData))
	}
	return client
}
