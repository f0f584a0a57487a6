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

// listCache serves the reads of a refresh from the list of authorizations. The first two reads ask
// by ID. From the third on, the whole list is read at once if it has at most 10 pages; otherwise
// reads ask by ID until they have sent as many requests as the list has pages, and then the whole
// list is read. A write replaces the cache, since a list may be from before the write.
type listCache struct {
	loading singleflight.Group

	mu       sync.Mutex
	items    map[int64]Authorization
	pages    int // how many pages the list has, as far as it is known
	loaded   int // how many of them were read
	size     int // of these, in bytes
	requests int // sent by reads, by ID and of pages
	failed   bool
}

func newListCache() *listCache { return &listCache{items: map[int64]Authorization{}, pages: 1} }

// find returns the authorization with an ID, nil if the read has to ask by ID.
func (l *listCache) find(ctx context.Context, c *Client, id int64) (*Authorization, error) {
	for {
		a, needsPages := l.lookUp(id)
		if !needsPages {
			return a, nil
		}
		if err := callOnce(ctx, &l.loading, func() error { return l.load(ctx, c) }); err != nil {
			return nil, err
		}
	}
}

// lookUp returns an authorization of the pages that were read, nil if they lack it, and whether
// more pages are to be read.
func (l *listCache) lookUp(id int64) (found *Authorization, needsPages bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a, ok := l.items[id]; ok {
		a.Scopes = slices.Clone(a.Scopes)
		return &a, false
	}
	enough := firstReads // requests after which pages are read
	if l.loaded > 0 && l.pages > shortList {
		enough = l.pages
	}
	if l.failed || l.loaded == l.pages || l.requests < enough {
		l.requests++ // by ID
		return nil, false
	}
	return nil, true
}

// load reads the pages that are known and not yet read: at first one, which tells how many there
// are. If that fails, all reads ask by ID.
func (l *listCache) load(ctx context.Context, c *Client) error {
	l.mu.Lock()
	pages := make([]page[Authorization], l.pages-l.loaded)
	first, size := l.loaded+1, l.size
	l.requests += len(pages)
	l.mu.Unlock()

	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallelPages)
	var total atomic.Int64
	for i := range pages {
		group.Go(func() (err error) {
			budget := c.budget()
			budget.Retries = min(budget.Retries, 1) // Reads can ask by ID instead.
			pages[i], err = c.authorizationsPage(groupCtx, &budget, "", first+i)
			if size+int(total.Add(int64(pages[i].size))) > maxList {
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
	l.failed = err != nil
	l.loaded += len(pages)
	l.size += int(total.Load())
	for _, page := range pages {
		l.pages = min(max(l.pages, page.next, page.last), maxPages)
		for _, a := range page.items {
			l.items[a.ID] = a
		}
	}
	return nil
}

// callOnce makes a call once for all that ask for it at the same time. If the one that makes it is
// cancelled, another one does.
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
