package provider

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
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
func TestGuides_largeNumbersCost(t *testing.T) {
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
func TestGuides_largeNumbersParallelism(t *testing.T) {
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
func TestGuides_largeNumbersNoList(t *testing.T) {
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

// The commands take an authorization from one state to another, with its token
// and without a word to the server.
func TestGuides_largeNumbersMove(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	const moved = "resource \"ghes_authorization\" \"ci\" {\n  note = \"CI\"\n}\n"
	const stays = "resource \"ghes_authorization\" \"%s\" {\n  note = \"%[1]s\"\n}\n"
	from := newWorkspace(t, sim.config(fmt.Sprintf(stays, "old")+moved))
	to := newWorkspace(t, sim.config(fmt.Sprintf(stays, "new")))
	from.must(0, "apply", "-auto-approve")
	to.must(0, "apply", "-auto-approve")
	sim.forget()

	dir := t.TempDir()
	for name, w := range map[string]*workspace{"old": from, "new": to} {
		if err := os.Symlink(w.dir, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	from.shell(dir, example(t, "guides/large-numbers/move.sh"))
	if sent := sim.sent(); len(sent) != 0 {
		t.Errorf("sent %q", sent)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.tfstate*")); len(left) != 0 {
		t.Errorf("left: %q, %v", left, err)
	}

	from.write("main.tf", sim.config(fmt.Sprintf(stays, "old")))
	to.write("main.tf", sim.config(fmt.Sprintf(stays, "new")+moved+"output \"token\" {\n  value     = ghes_authorization.ci.token\n  sensitive = true\n}\n"))
	from.must(0, "plan", "-detailed-exitcode")
	contains(t, to.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
	if token := to.must(0, "output", "-raw", "token"); token != sim.named("CI").Token {
		t.Errorf("the new state has token %q", token)
	}
}

// An authorization that is removed from state and imported stays the same, and its
// token is not in the new state.
func TestGuides_largeNumbersTakeOver(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.10") // lifecycle in a removed block, of OpenTofu
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{ID: 122, Note: new("mine")})
	takeOver := example(t, "guides/large-numbers/take-over.tf")
	_, resource, _ := strings.Cut(takeOver, "}\n")
	from := newWorkspace(t, sim.config(resource))
	from.must(0, "apply", "-auto-approve")
	created := sim.named("CI")

	from.write("main.tf", sim.config(example(t, "guides/large-numbers/forget.tf")))
	contains(t, from.must(0, "apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
	to := newWorkspace(t, sim.config(takeOver))
	contains(t, to.must(0, "apply", "-auto-approve"), "1 imported, 0 added, 0 changed, 0 destroyed")
	to.must(0, "plan", "-detailed-exitcode")
	if now := sim.named("CI"); now.ID != created.ID || now.Token != created.Token {
		t.Errorf("there is %+v, not %+v", now, created)
	}
	if found := to.find(created.Token); len(found) > 0 {
		t.Errorf("the token is in %q", found)
	}
}
