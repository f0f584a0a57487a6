package provider

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// many declares n authorizations.
func (i *instance) many(n int) string {
	return i.config(fmt.Sprintf("resource \"ghes_authorization\" \"test\" {\n  count = %d\n  note  = \"test ${count.index}\"\n  scopes = [\"repo\"]\n}\n", n))
}

// count counts the requests since the last look that begin so, and all others.
func (i *instance) count(start string) (such, others int) {
	for _, sent := range i.sent() {
		if strings.HasPrefix(sent, start) {
			such++
		} else {
			others++
		}
	}
	return such, others
}

// A run costs no more than the guide says.
func TestGuides_performanceCost(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	const others = 160
	for i := range others {
		sim.AddAuthorization(ghessim.Authorization{Note: new(fmt.Sprint("other ", i))})
	}
	for _, n := range []int{1, 2, 40} {
		w := newWorkspace(t, sim.many(n))
		w.must(0, "apply", "-auto-approve")
		if posts, rest := sim.count("POST "); posts != n || rest != 0 {
			t.Errorf("creating %d took %d and %d other requests", n, posts, rest)
		}
		limit := n
		if n > 2 {
			limit = min(n+5, 10+(others+n)/100)
		}
		w.must(0, "plan", "-out=saved")
		if gets, rest := sim.count("GET "); gets > limit || rest != 0 {
			t.Errorf("refreshing %d took %d, at most %d are due, and %d other requests", n, gets, limit, rest)
		}
		w.must(0, "apply", "saved")
		w.must(0, "plan", "-refresh=false")
		if sent := sim.sent(); len(sent) != 0 {
			t.Errorf("sent %q", sent)
		}
		w.must(0, "destroy", "-auto-approve")
		if deletes, reads := sim.count("DELETE "); deletes != n || reads > limit {
			t.Errorf("destroying %d took %d and %d reads", n, deletes, reads)
		}
	}
}

// The first create is sent alone. Then as many are sent together as the parallelism of
// the CLI allows.
func TestGuides_performanceParallelism(t *testing.T) {
	t.Parallel()
	const together = 20
	sim := newInstance(t)
	var arrived atomic.Int64
	all := make(chan struct{})
	release := sync.OnceFunc(func() { close(all) })
	sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		switch n := arrived.Add(1); n {
		case 1:
			next.ServeHTTP(w, r)
			return
		case 1 + together:
			release()
		}
		select {
		case <-all:
		case <-time.After(10 * time.Second):
			t.Error("not all creates come together")
			release()
		}
		next.ServeHTTP(w, r)
	})
	newWorkspace(t, sim.many(1+together)).must(0, "apply", "-auto-approve", fmt.Sprint("-parallelism=", together))
}

// If the list cannot be read, each authorization is read by ID. A deletion then cannot
// be proven, and the authorization stays in state.
func TestGuides_performanceNoList(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.many(5))
	w.must(0, "apply", "-auto-approve")
	sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/authorizations") {
			http.Error(w, "", http.StatusBadGateway)
			return
		}
		next.ServeHTTP(w, r)
	})
	w.must(0, "plan", "-detailed-exitcode")
	sim.RevokeAuthorization(1)
	contains(t, w.must(1, "apply", "-auto-approve"), "Unable to read authorization")
	if kept := strings.Count(w.read("terraform.tfstate"), `"index_key"`); kept != 5 {
		t.Errorf("%d are in the state", kept)
	}
}

var (
	guideFigures = regexp.MustCompile(`(?m)^\| (\x60[^|]+\x60) \| (\d+) \| (\d+) \| ([0-9.]+ s) \| ([0-9.]+ MB) \|$`)
	benchRow     = regexp.MustCompile(`(?m)^\| (\x60[^|]+\x60) +\| 100 ms +\| lists +\| (\d+) .*\| ([0-9.]+ s) +\| [0-9.]+ s +\| ([0-9.]+ MB) \|$`)
)

// The guide's figures are those of the last benchmark.
func TestGuides_performanceFigures(t *testing.T) {
	t.Parallel()
	bench, err := os.ReadFile("../../assets/bench.md")
	if err != nil {
		t.Fatal(err)
	}
	measured := map[string]bool{}
	for _, section := range strings.Split(string(bench), "\n## ")[1:] {
		n, _, _ := strings.Cut(section, " ")
		for _, row := range benchRow.FindAllStringSubmatch(section, -1) {
			measured[fmt.Sprint(row[1], n, row[2:])] = true
		}
	}
	figures := guideFigures.FindAllStringSubmatch(guideText(t, "performance"), -1)
	if len(figures) < 8 {
		t.Errorf("the guide has %d rows of figures", len(figures))
	}
	for _, row := range figures {
		if !measured[fmt.Sprint(row[1], row[2], row[3:])] {
			t.Errorf("not measured: %s", row[0])
		}
	}
}
