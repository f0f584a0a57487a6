package provider

import (
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// runClient is the client of one run, and what the run's resources have of each
// other to know.
type runClient struct {
	*ghes.Client
	now    func() time.Time
	leases *Leases
	owner  owner
	cli    string // its version, as it says
	tokens tokenMemory

	mu      sync.Mutex
	taken   map[int64]bool
	changed map[int64]bool
	making  map[identityKey]int
	read    map[int64]time.Time
}

// identityKey is what a server knows an authorization by while its number is not
// known yet: personal access tokens by their note.
type identityKey struct{ clientID, fingerprint, note string }

func keyOf(clientID, fingerprint, note string) identityKey {
	if clientID == "" {
		return identityKey{note: note}
	}
	return identityKey{clientID: clientID, fingerprint: fingerprint}
}

func newRunClient(client *ghes.Client, now func() time.Time, leases *Leases, cli string, owner owner) *runClient {
	return &runClient{Client: client, now: now, leases: leases, owner: owner, cli: cli,
		taken: map[int64]bool{}, changed: map[int64]bool{}, making: map[identityKey]int{}, read: map[int64]time.Time{}}
}

// take notes that a resource of this run made or adopts authorization id, and
// reports whether it is the first to.
func (c *runClient) take(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := !c.taken[id]
	c.taken[id] = true
	return first
}

// isTaken reports whether a resource of this run made or adopted id.
func (c *runClient) isTaken(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken[id]
}

// make notes that a resource of this run makes or adopts what has this key, until
// made is called. Its number has been taken by then.
func (c *runClient) make(key identityKey) (made func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.making[key]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.making[key]--
	}
}

// change notes that a resource of this run updates authorization id.
func (c *runClient) change(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed[id] = true
}

// isOurs reports whether this run makes, has made, adopted or changed a, or has it
// for itself only: it is in use.
func (c *runClient) isOurs(a *ghes.Authorization) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken[a.ID] || c.changed[a.ID] || c.making[keyOf(a.ClientID(), a.Fingerprint, a.Note)] > 0 || c.leases.holds(a.Note)
}

// refreshed notes that this run has refreshed authorization id.
func (c *runClient) refreshed(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read[id] = c.now()
}

// refreshedAt returns when this run has refreshed authorization id, zero where it
// has not. An apply does not refresh what its plan has: it finds zero here, and
// the plan stands.
func (c *runClient) refreshedAt(id int64) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read[id]
}

// clientFrom returns the client that the provider's Configure made. It is nil
// where that has not run, as in terraform validate.
func clientFrom(providerData any, diags *diag.Diagnostics) *runClient {
	if providerData == nil {
		return nil
	}
	client, ok := providerData.(*runClient)
	if !ok {
		diags.AddError("Unexpected provider data",
			fmt.Sprintf("Got %T instead of a client. This is a bug in the provider; please report it.", providerData))
	}
	return client
}
