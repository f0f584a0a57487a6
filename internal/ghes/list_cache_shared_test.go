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

// A page that is under way is waited for. Who stops waiting does so alone, and
// where that is the one that asked, another asks.
func TestGetAuthorization_sharedPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, all := newStage(t), personal(rand.New(rand.NewPCG(1, 2)), 20, 1)
		s.prove(t, all)
		asking, stopAsking := context.WithCancel(t.Context())
		waiting, stopWaiting := context.WithCancel(t.Context())
		asked, waited, other := s.read(asking, 3), s.read(waiting, 4), s.read(t.Context(), 5)
		s.want(t, 1)
		stopWaiting()
		wantEnd(t, waited, context.Canceled)
		s.want(t, 0)
		stopAsking()
		wantEnd(t, asked, context.Canceled)
		synctest.Wait()
		s.want(t, 1)
		s.answer(1, all.ServeHTTP)
		wantEnd(t, other, nil)
		wantEnd(t, s.read(t.Context(), 3), nil)
		s.want(t, 0)
	})
}

// Where the first request finds no server, nothing else is sent for those that
// have waited, for a page or for their turn.
func TestGetAuthorization_noServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		var results []<-chan error
		for id := range int64(10) {
			results = append(results, s.read(t.Context(), id+1))
		}
		s.answer(1, nil)
		for _, result := range results {
			wantEnd(t, result, errNoServer)
		}
		s.want(t, 1)
		result := s.read(t.Context(), 1) // a later one tries again
		s.want(t, 1)
		s.answer(1, nil)
		wantEnd(t, result, errNoServer)
	})
}

// A write ends what lists may answer, when it begins and when it has ended.
func TestGetAuthorization_afterWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, all := newStage(t), personal(rand.New(rand.NewPCG(1, 2)), 20, 1)
		s.prove(t, all)
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
			s.want(t, 1) // none waits for the list that began before the write
		}
		s.answer(5, all.ServeHTTP)
		wantEnd(t, before, nil)
		wantEnd(t, written, nil)
		for _, result := range meanwhile {
			wantEnd(t, result, nil)
		}
		after := s.read(t.Context(), 7) // which the list shows that came during the write
		s.want(t, 1)
		s.answer(1, all.ServeHTTP)
		wantEnd(t, after, nil)
	})
}

// prove has the server accept the credentials, with the reads that are made by
// number.
func (s *stage) prove(t *testing.T, all collection) {
	t.Helper()
	for id := range int64(firstReads) {
		result := s.read(t.Context(), id+1)
		s.answer(1, all.ServeHTTP)
		wantEnd(t, result, nil)
	}
	s.want(t, firstReads)
}

// wantEnd waits for the end of a call, and checks what it is.
func wantEnd(t *testing.T, result <-chan error, want error) {
	t.Helper()
	if err := <-result; !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

// read reads an authorization, and returns where the error comes.
func (s *stage) read(ctx context.Context, id int64) <-chan error {
	result := make(chan error, 1)
	go func() {
		_, err := s.GetAuthorization(ctx, id)
		result <- err
	}()
	synctest.Wait()
	return result
}

// Readers, writers, and readers that give up, 200 at a time: each read that began
// after a write sees it or something newer, and none fails for another.
func TestGetAuthorization_storm(t *testing.T) {
	t.Parallel()
	var (
		mu       sync.Mutex
		all      = personal(rand.New(rand.NewPCG(1, 2)), 450, 1)
		versions = make([]atomic.Int64, len(all)+1) // written, by number
	)
	c, sent := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		if r.Method == http.MethodPatch {
			id, _ := strconv.Atoi(path.Base(r.URL.Path))
			version, _ := strconv.ParseInt(all[id-1].Note, 10, 64)
			all[id-1].Note = fmt.Sprint(version + 1)
			defer mu.Unlock()
			reply(http.StatusOK, marshal(all[id-1]))(w, r)
			return
		}
		now := slices.Clone(all)
		mu.Unlock()
		now.ServeHTTP(w, r)
	})
	for i := range all {
		all[i].Note = "0"
	}
	var clients sync.WaitGroup
	for client := range 200 {
		clients.Go(func() {
			random := rand.New(rand.NewPCG(uint64(client), 1))
			for range 20 {
				id := 1 + random.Int64N(int64(len(all)))
				ctx, cancel := context.WithCancel(t.Context())
				if client%4 == 1 {
					time.AfterFunc(time.Duration(random.Int64N(int64(3*time.Millisecond))), cancel)
				}
				written := versions[id].Load()
				call := c.GetAuthorization
				if client%40 == 0 {
					call = func(ctx context.Context, id int64) (*Authorization, error) {
						return c.UpdateAuthorization(ctx, id, AuthorizationUpdate{})
					}
				}
				a, err := call(ctx, id)
				switch {
				case ctx.Err() != nil:
				case err != nil:
					t.Error(err)
				case a.ID != id || number(a.Note) < written:
					t.Errorf("authorization %d as of version %s, for %d, after %d", a.ID, a.Note, id, written)
				case client%40 == 0:
					raise(&versions[id], a.Note)
				}
				cancel()
			}
		})
	}
	clients.Wait()
	t.Logf("%d requests, %d of lists", sent.count(""), sent.count("GET /authorizations?"))
}

// raise sets version to what a note says, unless it is there already.
func raise(version *atomic.Int64, note string) {
	for now := version.Load(); now < number(note) && !version.CompareAndSwap(now, number(note)); now = version.Load() {
	}
}

func number(note string) int64 {
	n, _ := strconv.ParseInt(note, 10, 64)
	return n
}
