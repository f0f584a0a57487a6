package ghes

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Reads wait for a page that another read has requested. A cancelled read does not affect the others: if
// it has requested the page, another one requests it again.
func TestListCache_sharedPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, all := newStage(t), personalTokens(rand.New(rand.NewPCG(1, 2)), 20, 1)
		s.readByID(t, all)
		ctx3, cancel3 := context.WithCancel(t.Context())
		ctx4, cancel4 := context.WithCancel(t.Context())
		third, fourth, other := s.read(ctx3, 3), s.read(ctx4, 4), s.read(t.Context(), 5)
		s.want(t, 1)
		cancel4()
		wantEnd(t, fourth, context.Canceled)
		s.want(t, 0)
		cancel3()
		wantEnd(t, third, context.Canceled)
		synctest.Wait()
		s.want(t, 1)
		s.respond(1, all.ServeHTTP)
		wantEnd(t, other, nil)
		wantEnd(t, s.read(t.Context(), 3), nil)
		s.want(t, 0)
	})
}

// If the first request cannot reach the server, all reads that wait fail without a request.
func TestListCache_noServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		var results []<-chan error
		for id := range int64(10) {
			results = append(results, s.read(t.Context(), id+1))
		}
		s.respond(1, nil)
		for _, result := range results {
			wantEnd(t, result, errNoServer)
		}
		s.want(t, 1)
		result := s.read(t.Context(), 1) // A later read sends a request again.
		s.want(t, 1)
		s.respond(1, nil)
		wantEnd(t, result, errNoServer)
	})
}

// A write empties the list cache, both when it begins and when it ends.
func TestListCache_afterWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, all := newStage(t), personalTokens(rand.New(rand.NewPCG(1, 2)), 20, 1)
		s.readByID(t, all)
		before := s.read(t.Context(), 3)
		s.want(t, 1)
		written := make(chan error, 1)
		go func() {
			_, err := s.UpdateAuthorization(t.Context(), 4, AuthorizationUpdate{})
			written <- err
		}()
		synctest.Wait()
		s.want(t, 1)
		var meanwhile []<-chan error
		for id := range int64(3) {
			meanwhile = append(meanwhile, s.read(t.Context(), id+4))
			s.want(t, 1) // It does not wait for the page that was requested before the write.
		}
		s.respond(5, all.ServeHTTP)
		wantEnd(t, before, nil)
		wantEnd(t, written, nil)
		for _, result := range meanwhile {
			wantEnd(t, result, nil)
		}
		after := s.read(t.Context(), 7) // The pages that arrived during the write are not used.
		s.want(t, 1)
		s.respond(1, all.ServeHTTP)
		wantEnd(t, after, nil)
	})
}

// readByID makes the first reads of a run, which ask by ID. The server accepts the credentials.
func (s *stage) readByID(t *testing.T, all collection) {
	t.Helper()
	for id := range int64(firstReads) {
		result := s.read(t.Context(), id+1)
		s.respond(1, all.ServeHTTP)
		wantEnd(t, result, nil)
	}
	s.want(t, firstReads)
}

// wantEnd waits for the end of a call, and checks its error.
func wantEnd(t *testing.T, result <-chan error, want error) {
	t.Helper()
	if err := <-result; !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

// read begins to read an authorization, and returns the channel of the error.
func (s *stage) read(ctx context.Context, id int64) <-chan error {
	result := make(chan error, 1)
	go func() {
		_, err := s.RefreshAuthorization(ctx, id)
		result <- err
	}()
	synctest.Wait()
	return result
}

// versions is a server whose authorizations have a version as their note. An update raises it.
type versions struct {
	mu      sync.Mutex
	all     collection     // with the IDs 1, 2, 3, ...
	written []atomic.Int64 // the highest version that an update has returned, by ID
}

func newVersions(n int) *versions {
	v := &versions{all: personalTokens(rand.New(rand.NewPCG(1, 2)), n, 1), written: make([]atomic.Int64, n+1)}
	for i := range v.all {
		v.all[i].Note = "0"
	}
	return v
}

// ServeHTTP implements http.Handler. Each response takes up to 3 ms.
func (v *versions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(shortWait())
	v.mu.Lock()
	if r.Method == http.MethodPatch {
		defer v.mu.Unlock()
		id, _ := strconv.Atoi(path.Base(r.URL.Path))
		v.all[id-1].Note = fmt.Sprint(versionOf(&v.all[id-1]) + 1)
		reply(http.StatusOK, marshal(v.all[id-1]))(w, r)
		return
	}
	now := slices.Clone(v.all)
	v.mu.Unlock()
	now.ServeHTTP(w, r)
}

// shortWait returns 0 to 3 whole milliseconds, so that in a synctest bubble many waits end at the same
// moment.
func shortWait() time.Duration { return time.Duration(rand.IntN(4)) * time.Millisecond }

// saw notes that an update has returned a.
func (v *versions) saw(a *Authorization) {
	written := &v.written[a.ID]
	for now := written.Load(); now < versionOf(a) && !written.CompareAndSwap(now, versionOf(a)); now = written.Load() {
	}
}

func versionOf(a *Authorization) int64 {
	version, _ := strconv.ParseInt(a.Note, 10, 64)
	return version
}

// Many reads and writes run at the same time, and some reads are cancelled. A read that begins after a
// write returns that version or a newer one. No read fails because of another.
func TestListCache_concurrentWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := newVersions(450)
		c, sent := serveInProcess(t, server.ServeHTTP, Config{})
		var callers sync.WaitGroup
		for caller := range 200 {
			callers.Go(func() {
				for range 20 {
					server.call(t, c, caller%40 == 0, caller%4 == 1)
				}
			})
		}
		callers.Wait()
		t.Logf("%d requests, %d of them for lists", sent.count(""), sent.count("GET /authorizations?"))
	})
}

// call reads or updates an authorization, and checks its version. It cancels the call after up to 3 ms if
// cancels is true.
func (v *versions) call(t *testing.T, c *Client, updates, cancels bool) {
	t.Helper()
	id := 1 + rand.Int64N(int64(len(v.all)))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if cancels {
		defer time.AfterFunc(shortWait(), cancel).Stop()
	}
	written := v.written[id].Load()
	var a *Authorization
	var err error
	if updates {
		a, err = c.UpdateAuthorization(ctx, id, AuthorizationUpdate{})
	} else {
		a, err = c.RefreshAuthorization(ctx, id)
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		t.Error(err)
	case a.ID != id || versionOf(a) < written:
		t.Errorf("authorization %d in version %s, want authorization %d in version %d or newer", a.ID, a.Note, id, written)
	case updates:
		v.saw(a)
	}
}
