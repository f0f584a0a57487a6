package ghes

import (
	"context"
	"slices"
	"sync"

	"github.com/google/go-github/v92/github"
)

const (
	// fewReads are asked for by number: no list costs less.
	fewReads = 2
	// spareRequests is by how many a sweep may exceed what it would send without
	// lists, which is one request a read.
	spareRequests = 5
	// maxGuesses is how many pages one read fetches for itself.
	maxGuesses = 3
)

// sweep serves the reads of a refresh from pages of the list. It lasts until
// something is written: what it has may then be older than what a read is to see.
type sweep struct {
	mu      sync.Mutex
	held    map[int64]Authorization
	pages   map[int]*sweptPage // those that were asked for
	length  int                // how many pages there are, as far as the server told
	failure error              // ends all reads: the credentials could not be tried
	landing chan struct{}      // closed when a page has come, or failed to

	begun    int // reads
	settled  int // of those: served, or asked by number
	unplaced int // of those: asked by number, though there are lists
	sent     int // requests
}

// currentSweep returns the sweep since the last write.
func (c *Client) currentSweep() *sweep {
	for {
		if s := c.sweep.Load(); s != nil {
			return s
		}
		c.sweep.CompareAndSwap(nil, &sweep{
			held: map[int64]Authorization{}, pages: map[int]*sweptPage{}, length: 1, landing: make(chan struct{}),
		})
	}
}

// find returns authorization id from a page of the list, or nil where it is to be
// asked by number. A page is fetched by one of the reads that need it; where that
// one is cancelled, another fetches it.
func (s *sweep) find(ctx context.Context, c *Client, id int64) (*Authorization, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun++
	defer func() { s.settled++ }()
	alone := s.begun <= fewReads
	for guesses := 0; s.failure == nil; {
		if a, held := s.held[id]; held {
			a.Scopes = slices.Clone(a.Scopes)
			return &a, nil
		}
		page, wait := 0, false
		if !alone && !c.unlisted.Load() {
			page, wait = s.next(id, guesses)
		}
		var err error
		switch {
		case wait:
			err = s.await(ctx)
		case page > 0:
			guesses++
			err = s.fetch(ctx, c, page)
		default:
			if !alone {
				s.unplaced++
			}
			s.sent++
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, s.failure
}

// next says what a read does that nothing held serves: fetch a page, wait for one
// that is on its way, or else ask by number.
func (s *sweep) next(id int64, guesses int) (page int, wait bool) {
	if s.pages[1] == nil {
		return 1, false
	}
	asked, landed := len(s.pages), 0
	for _, page := range s.pages {
		if page.landed {
			landed++
		}
	}
	place, unread := s.place(id), s.length-asked
	switch page := s.pages[place]; {
	// The whole list is as cheap, or would have been: all read it at once.
	case unread > 0 && (s.sent+unread <= s.begun+spareRequests || s.unplaced >= unread):
		if place == 0 || page != nil {
			for place = 1; s.pages[place] != nil; place++ {
			}
		}
		return place, false
	case page != nil && !page.landed:
		return 0, true
	case place > 0 && guesses < maxGuesses && s.sent < s.settled+spareRequests:
		return place, false
	}
	return 0, landed < asked
}

// await waits for a page to land.
func (s *sweep) await(ctx context.Context) error {
	landing := s.landing
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-landing:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fetch reads a page for all. Where that fails all ask by number from then on; only
// while no request has proven the credentials do they share the error.
func (s *sweep) fetch(ctx context.Context, c *Client, number int) error {
	fetched := &sweptPage{}
	s.pages[number] = fetched
	s.sent++
	defer func() {
		close(s.landing)
		s.landing = make(chan struct{})
	}()
	items, resp, err := s.read(ctx, c, number)
	switch {
	case err == nil:
		c.noteOffered()
		next, _ := nextPage(resp.Header) // where it is odd, the rest is asked for by number
		s.length = min(max(s.length, number, next, lastPage(resp.Header)), maxPages)
		fetched.land(items)
		for _, a := range items {
			s.held[a.ID] = a
		}
		return nil
	case ctx.Err() != nil:
		delete(s.pages, number)
		return err
	case !c.credentials.isProven():
		s.failure = err
		c.sweep.CompareAndSwap(s, nil)
		return err
	default:
		c.unlisted.Store(true)
		return nil
	}
}

// read reads a page, while others go on. It is repeated once only: what it serves
// can be had by number.
func (s *sweep) read(ctx context.Context, c *Client, number int) ([]Authorization, *github.Response, error) {
	s.mu.Unlock()
	defer s.mu.Lock()
	way := c.newCourse(c.maxWait)
	way.repeats = min(way.repeats, 1)
	return page[Authorization](way.in(ctx), c, pagePath("authorizations", "", number))
}

// sweptPage is a page of the list, which has personal access tokens first, in
// order of number, and then the tokens of apps.
type sweptPage struct {
	landed      bool
	first, last int64 // the numbers of the personal access tokens on it, 0 without any
	apps        bool  // whether there are other tokens on it
}

func (p *sweptPage) land(items []Authorization) {
	p.landed = true
	for _, a := range items {
		switch {
		case a.ClientID() != "":
			p.apps = true
		case p.first == 0:
			p.first, p.last = a.ID, a.ID
		default:
			p.first, p.last = min(p.first, a.ID), max(p.last, a.ID)
		}
	}
}

// place returns the page on which a personal access token of that number should
// be, by those that have landed, and 0 where there is none. Numbers are taken as
// evenly spread in between.
func (s *sweep) place(id int64) int {
	below, above := 0, s.length+1
	for number, page := range s.pages {
		switch {
		case !page.landed:
		case page.first > 0 && page.first <= id:
			below = max(below, number)
		default:
			above = min(above, number)
		}
	}
	lower := s.pages[below]
	if lower == nil || id <= lower.last || lower.apps || above-below < 2 {
		return 0
	}
	upper := s.pages[above]
	if upper == nil && above > below+2 {
		return s.length // with its numbers the others can be placed
	}
	span, pages := lower.last-s.pages[1].first+1, below
	if upper != nil && upper.first > 0 {
		span, pages = upper.first-lower.last-1, above-below-1
	}
	if span <= 0 { // they are not in order
		return 0
	}
	beyond := float64(id-lower.last-1) / float64(span) * float64(pages)
	return below + 1 + int(min(beyond, float64(above-below-2)))
}
