package ghes

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// BenchmarkRefresh reads all authorizations of a server as Terraform does, each time with a new client.
func BenchmarkRefresh(b *testing.B) {
	for _, reads := range []string{"list", "ID"} {
		for _, n := range []int{100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", reads, n), func(b *testing.B) { benchmarkRefresh(b, n, reads == "ID") })
		}
	}
}

func benchmarkRefresh(b *testing.B, n int, byID bool) {
	var sent atomic.Int64
	all := personalTokens(rand.New(rand.NewPCG(1, 2)), n, 3)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		all.ServeHTTP(w, r)
	}))
	defer server.Close()
	ids := make([]int64, n)
	for i, a := range all {
		ids[i] = a.ID
	}
	b.ReportAllocs()
	for b.Loop() {
		refresh(b, connect(b, server, Config{ReadsByID: byID}), ids)
	}
	b.ReportMetric(float64(sent.Load())/float64(b.N), "requests/op")
}
