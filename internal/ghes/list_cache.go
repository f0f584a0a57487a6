package ghes

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"
)

const (
	firstReads    = 2  // reads that always ask by ID, since a list saves so few nothing
	shortList     = 10 // pages up to which the whole list is read at once
	parallelPages = 10 // pages that are read at the same time
)

// listCache serves the reads of a refresh from the list of authorizations, until a write replaces
// it: see Refresh in DESIGN.md.
type listCache struct {
	loading singleflight.Group
	size    atomic.Int64 // of the pages that were read, in bytes

	mu       sync.Mutex
	items    map[int64]Authorization
	pages    int // how many pages the list has, as far as it is known
	loaded   int // how many of them were read; all of them once that has failed
	requests int // sent by reads, by ID and of pages
}

func newListCache() *listCache { return &listCache{items: map[int64]Authorization{}, pages: 1} }

// find returns the authorization with an ID, nil if the read has to ask by ID.
func (l *listCache) find(ctx context.Context, c *Client, id int64) (*Authorization, error) {
	for {
		a, loaded, needsPages := l.lookUp(id)
		if !needsPages {
			return a, nil
		}
		if err := callOnce(ctx, &l.loading, func() error { return l.load(ctx, c, loaded) }); err != nil {
			return nil, err
		}
	}
}

// lookUp returns an authorization of the loaded pages or nil, their number, and whether to load more.
func (l *listCache) lookUp(id int64) (found *Authorization, loaded int, needsPages bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a, ok := l.items[id]; ok {
		a.Scopes = slices.Clone(a.Scopes)
		return &a, l.loaded, false
	}
	enough := firstReads // requests after which pages are read
	if l.loaded > 0 && l.pages > shortList {
		enough = l.pages
	}
	if l.loaded == l.pages || l.requests < enough {
		l.requests++ // by ID
		return nil, l.loaded, false
	}
	return nil, l.loaded, true
}

// load reads the known pages after the loaded ones, unless another read has: at first one, which
// tells how many there are. If that fails, later reads ask by ID.
func (l *listCache) load(ctx context.Context, c *Client, loaded int) error {
	l.mu.Lock()
	if l.loaded != loaded {
		l.mu.Unlock()
		return nil
	}
	pages := make([]page[Authorization], l.pages-loaded)
	l.requests += len(pages)
	l.mu.Unlock()

	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallelPages)
	for i := range pages {
		group.Go(func() (err error) {
			budget := c.budget(c.config.MaxWait)
			budget.Retries = min(budget.Retries, 1) // Reads can ask by ID instead.
			pages[i], err = getPage[Authorization](groupCtx, c, &budget, authorizationsPath, "", loaded+1+i)
			if l.size.Add(int64(pages[i].size)) > maxList {
				return errListTooLarge
			}
			return err
		})
	}
	err := group.Wait()
	if ctx.Err() != nil || refusesCredentials(err) {
		return err
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	l.loaded += len(pages)
	for _, page := range pages {
		l.pages = min(max(l.pages, page.next, page.last), maxPages)
		for _, a := range page.items {
			l.items[a.ID] = a
		}
	}
	if err != nil {
		l.loaded = l.pages
	}
	return nil
}

// callOnce makes a call once for all that want it now, and again if only the first is cancelled.
func callOnce(ctx context.Context, group *singleflight.Group, call func() error) error {
	for {
		select {
		case result := <-group.DoChan("", func() (any, error) { return nil, call() }):
			if !errors.Is(result.Err, context.Canceled) || ctx.Err() != nil {
				return result.Err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
