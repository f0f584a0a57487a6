package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// session is one configured provider in one run of Terraform: the clients of its
// server, and what the resources of the run need to know about each other.
type session struct {
	*ghes.Client                 // signs in as the user
	admin           *ghes.Client // signs in with admin_token
	now             func() time.Time
	ephemeralTokens *EphemeralTokens
	account         account
	cliVersion      string
	tokens          tokenMemory
	ledger          *planLedger
	appTokens       *appTokens
	existing        existingList

	mu           sync.Mutex
	claimed      map[int64]bool
	updated      map[int64]bool
	creating     map[naturalKey]int
	impersonated map[string]*impersonationToken // by username in lower case
	exclusive    int                            // resources ghes_grants_exclusive that were planned
}

func newSession(client *ghes.Client, now func() time.Time, ephemeralTokens *EphemeralTokens, cliVersion string, account account) *session {
	return &session{Client: client, now: now, ephemeralTokens: ephemeralTokens, cliVersion: cliVersion, account: account, ledger: newPlanLedger(account), appTokens: newAppTokens(),
		claimed: map[int64]bool{}, updated: map[int64]bool{}, creating: map[naturalKey]int{}, impersonated: map[string]*impersonationToken{}}
}

// claim notes that a resource of this run created or adopted authorization id. It
// returns false if another resource of the run created, adopted or updated it before.
func (s *session) claim(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.claimed[id] && !s.updated[id]
	s.claimed[id] = true
	return first
}

// isClaimed reports whether a resource of this run created, adopted or updated
// authorization id.
func (s *session) isClaimed(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claimed[id] || s.updated[id]
}

// startCreate notes that a resource of this run is creating or adopting the
// authorization with this key. The caller calls done once the ID is claimed.
func (s *session) startCreate(key naturalKey) (done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.creating[key]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.creating[key]--
	}
}

// isCreatedTwice reports whether several resources of this run are creating or adopting
// the authorization with this key.
func (s *session) isCreatedTwice(key naturalKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.creating[key] > 1
}

// noteUpdate notes that a resource of this run updates authorization id.
func (s *session) noteUpdate(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.updated[id] = true
}

// inUse reports whether a resource of this run creates, has created, adopted or
// updated a, or whether a is an ephemeral token of this run.
func (s *session) inUse(a *ghes.Authorization) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claimed[a.ID] || s.updated[a.ID] || s.creating[keyOf(*a)] > 0 || s.ephemeralTokens.holds(a.Note)
}

// planExclusive notes that a resource ghes_grants_exclusive is planned, and warns if it
// is not the first one.
func (s *session) planExclusive(diags *diag.Diagnostics) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.exclusive++; s.exclusive > 1 {
		diags.AddWarning("Several resources revoke grants", fmt.Sprintf("More than one ghes_grants_exclusive manages the grants of %s. "+
			"Each of them revokes the grants that only another one allows. Keep one, with all client IDs.", s.account))
	}
}

// revoke deletes authorization id. It is no error if the server has none with that ID.
func (s *session) revoke(ctx context.Context, id int64) error {
	err := s.DeleteAuthorization(ctx, id)
	if err != nil && !errors.Is(err, ghes.ErrNotFound) {
		return err
	}
	s.existing.remove(id)
	return nil
}

// sessionFrom returns the session that Configure of the provider created. It is
// nil if Configure has not run, as in terraform validate.
func sessionFrom(providerData any, diags *diag.Diagnostics) *session {
	if providerData == nil {
		return nil
	}
	s, ok := providerData.(*session)
	if !ok {
		diags.AddError("Unexpected provider data",
			fmt.Sprintf("The provider expected a session, and got %T. This is a bug in the provider. Report it.", providerData))
	}
	return s
}
