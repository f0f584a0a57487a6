package ghes

import (
	"sync"
	"time"
)

// clockOffset knows within which bounds another clock is ahead of this machine's.
type clockOffset struct {
	mu          sync.Mutex
	known       bool
	least, most time.Duration
}

// learn takes a reading of the other clock, in whole seconds, from between two moments of this
// one.
func (o *clockOffset) learn(reading, sent, received time.Time) {
	if reading.IsZero() {
		return
	}
	reading = reading.Truncate(time.Second)
	least, most := reading.Sub(received), reading.Add(time.Second).Sub(sent)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known && max(o.least, least) <= min(o.most, most) { // Otherwise a clock was set.
		least, most = max(o.least, least), min(o.most, most)
	}
	o.known, o.least, o.most = true, least, most
}

// secondOf returns the other clock's earliest second at t, if fast responses have shown that clock.
func (o *clockOffset) secondOf(t time.Time) (second time.Time, known bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.least > 0 || o.most < 0 {
		t = t.Add(o.least)
	}
	return t.Truncate(time.Second), o.known && o.most-o.least <= 2*time.Second
}

// isNew reports whether an authorization was provably created in the second of sent or later. A
// proxy may have written the Date headers, so another clock has to agree.
func (c *Client) isNew(created, sent time.Time) bool {
	byDate, isKnown := c.dates.secondOf(sent)
	second, isOwn := c.creations.secondOf(sent)
	if !isOwn {
		second = sent.Truncate(time.Second)
	}
	return (isKnown || isOwn) && !created.Before(second) && (!isKnown || !created.Before(byDate))
}

// EarliestNow returns the earliest time, in whole seconds, by the Date headers; false without any.
func (c *Client) EarliestNow() (time.Time, bool) {
	c.dates.mu.Lock()
	defer c.dates.mu.Unlock()
	return time.Now().Add(c.dates.least).Truncate(time.Second), c.dates.known
}
