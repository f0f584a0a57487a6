package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// refreshRequests counts the requests since the last sim.forget.
func refreshRequests(sent []string) (lists, byID, others int) {
	for _, line := range sent {
		switch {
		case strings.HasPrefix(line, "GET /api/v3/authorizations?"):
			lists++
		case strings.HasPrefix(line, "GET /api/v3/authorizations/"):
			byID++
		default:
			others++
		}
	}
	return lists, byID, others
}

// A refresh of n resources stays within its budget and notices every change, whatever
// else is on the server. It treats only an authorization that it has read by ID as
// deleted.
func TestRefresh_budget(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ n, others int }{
		{1, 0}, {2, 0}, {3, 0}, {10, 0}, {10, 990}, {100, 0}, {100, 900},
	} {
		t.Run(fmt.Sprintf("%d of %d", test.n, test.n+test.others), func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			for range test.others / 2 {
				sim.AddAuthorization(ghessim.Authorization{Note: new("another's")})
			}
			w := newWorkspace(t, sim.many(test.n))
			w.must(0, "apply", "-auto-approve")
			for range test.others - test.others/2 {
				sim.AddAuthorization(ghessim.Authorization{Note: new("another's")})
			}
			sim.forget()
			w.must(0, "plan", "-detailed-exitcode")
			lists, byID, others := refreshRequests(sim.sent())
			most := min(test.n+5, 10+(test.n+test.others)/100)
			if lists+byID > most || others != 0 {
				t.Errorf("%d lists, %d by ID and %d others, want at most %d", lists, byID, others, most)
			}
			if test.n <= 2 && (lists != 0 || byID != test.n) {
				t.Errorf("%d lists and %d by ID, want %d by ID", lists, byID, test.n)
			}
		})
	}
}

func TestRefresh_drift(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.many(20))
	w.must(0, "apply", "-auto-approve")
	all := sim.Authorizations()
	for _, a := range all[:5] {
		sim.EditAuthorization(a.ID, func(a *ghessim.Authorization) { a.Scopes = []string{"gist"} })
	}
	for _, a := range all[5:9] {
		sim.RevokeAuthorization(a.ID)
	}
	sim.forget()
	contains(t, w.must(0, "apply", "-auto-approve"), "4 added, 5 changed, 0 destroyed")
	lists, byID, others := refreshRequests(sim.sent())
	// The first two reads and those of deleted authorizations are by ID. If these
	// differ, the list is read once more before a 404 counts.
	if lists > 2 || byID > 6 || others != 9 {
		t.Errorf("%d lists, %d by ID and %d others, want at most 2, at most 6 and 9", lists, byID, others)
	}
	w.must(0, "plan", "-detailed-exitcode")
}

// A list that cannot be read is no reason to fail: it is left alone, and everything
// is asked for by ID.
func TestRefresh_withoutList(t *testing.T) {
	t.Parallel()
	for name, known := range knownFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.many(10))
			w.must(0, "apply", "-auto-approve")
			sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if strings.HasSuffix(r.URL.Path, "/authorizations") {
					known.fault(w, r, next)
					return
				}
				next.ServeHTTP(w, r)
			})
			sim.forget()
			w.must(0, "plan", "-detailed-exitcode")
			if lists, byID, others := refreshRequests(sim.sent()); lists == 0 || byID > 10 || others != 0 {
				t.Errorf("%d lists, %d by ID and %d others", lists, byID, others)
			}
		})
	}
}

// A data source that is read in an apply sees the changes before it, also those that
// its own provider block does not know of.
func TestRefresh_dataSourceAfterChange(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := sim.config(fmt.Sprintf(`
provider "ghes" {
  alias    = "other"
  base_url = %q
  username = %q
  password = %q
}
variable "note_url" {}
resource "ghes_authorization" "all" {
  count    = 5
  note     = "token ${count.index}"
  note_url = var.note_url
}
data "ghes_authorization" "early" {
  provider = ghes.other
  count    = 5
  id       = ghes_authorization.all[count.index].id
}
resource "ghes_authorization" "late" {
  note       = "late"
  note_url   = var.note_url
  depends_on = [data.ghes_authorization.early]
}
data "ghes_authorization" "late" {
  provider = ghes.other
  id       = ghes_authorization.late.id
}
output "late" { value = data.ghes_authorization.late.note_url }
`, sim.url, testUser, testPassword))
	w := newBinaryWorkspace(t, config) // each block has a process of its own
	for _, url := range []string{"https://example.com/one", "https://example.com/two"} {
		w.must(0, "apply", "-auto-approve", "-var=note_url="+url)
		contains(t, w.must(0, "output", "-raw", "late"), url)
	}
}
