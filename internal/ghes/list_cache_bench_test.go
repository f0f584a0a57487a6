package ghes

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkRefresh reads all authorizations of a server as a CLI does, in a run of
// its own each time.
func BenchmarkRefresh(b *testing.B) {
	for _, reads := range []string{"lists", "number"} {
		for _, n := range []int{100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", reads, n), func(b *testing.B) { benchmarkRefresh(b, n, reads == "number") })
		}
	}
}

func benchmarkRefresh(b *testing.B, n int, byNumber bool) {
	var sent atomic.Int64
	all := personal(rand.New(rand.NewPCG(1, 2)), n, 3)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		all.ServeHTTP(w, r)
	}))
	defer server.Close()
	b.ReportAllocs()
	for b.Loop() {
		c := connect(b, server, Config{ReadsByID: byNumber})
		queue := make(chan int64)
		var readers sync.WaitGroup
		for range parallelism {
			readers.Go(func() {
				for id := range queue {
					if _, err := c.GetAuthorization(b.Context(), id); err != nil {
						b.Error(err)
					}
				}
			})
		}
		for _, a := range all {
			queue <- a.ID
		}
		close(queue)
		readers.Wait()
	}
	b.ReportMetric(float64(sent.Load())/float64(b.N), "requests/op")
}
