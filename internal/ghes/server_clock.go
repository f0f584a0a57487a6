package ghes

import (
	"sync"
	"time"
)

// serverClock knows by how much the server's clock is ahead of this machine's,
// as far as the dates of its answers tell.
type serverClock struct {
	mu          sync.Mutex
	known       bool
	least, most time.Duration
}

// learn takes in the date of an answer. The server wrote it, in whole seconds,
// between the two moments.
func (c *serverClock) learn(date, sent, received time.Time) {
	if date.IsZero() {
		return
	}
	least, most := date.Sub(received), date.Add(time.Second).Sub(sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known && max(c.least, least) <= min(c.most, most) {
		c.least, c.most = max(c.least, least), min(c.most, most)
		return
	}
	c.known, c.least, c.most = true, least, most // a clock was set
}

// EarliestNow returns the time by the server's clock, in whole seconds: the earliest
// that the dates of its answers allow for, and false while none had a date.
func (c *Client) EarliestNow() (time.Time, bool) {
	_, first, ok := c.clock.secondsOf(time.Now())
	return first, ok
}

// secondsOf returns the second in which t was by the server's clock: the likely
// one, which is this machine's where the clocks may agree, and the first that it
// may have been. Both are unknown while no answer had a date.
func (c *serverClock) secondsOf(t time.Time) (likely, first time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		return time.Time{}, time.Time{}, false
	}
	first = t.Add(c.least).Truncate(time.Second)
	if c.least > 0 || c.most < 0 {
		return first, first, true
	}
	return t.Truncate(time.Second), first, true
}
