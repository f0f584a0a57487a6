package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// Between any two pages an item that was read is deleted, and later items move forward.
// The list has nothing twice, and lacks nothing that stays.
func TestLists_shift(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for i := range 120 {
		sim.AddAuthorization(ghessim.Authorization{Note: new(fmt.Sprint(i))})
		sim.AddAuthorization(ghessim.Authorization{ClientID: fmt.Sprintf("app-%d", i)})
	}
	gone := int64(0)
	sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.FormValue("page") == "2" {
			gone += 2 // the even ones are apps', with a grant each
			if strings.Contains(r.URL.Path, "grants") {
				sim.RevokeGrant(sim.Grants()[0].ID)
			} else {
				sim.RevokeAuthorization(gone - 1)
			}
		}
		next.ServeHTTP(w, r)
	})
	w := newWorkspace(t, sim.config(`
data "ghes_authorizations" "all" {}
data "ghes_grants" "all" {
  depends_on = [data.ghes_authorizations.all]
}
output "authorizations" { value = join(" ", data.ghes_authorizations.all.authorizations[*].id) }
output "grants" { value = join(" ", data.ghes_grants.all.grants[*].id) }
`))
	listed := w.must(0, "apply", "-auto-approve")
	contains(t, listed, "Apply complete!")
	for output, there := range map[string][]string{"authorizations": authorizationIDs(sim.Authorizations()), "grants": grantIDs(sim.Grants())} {
		got := strings.Fields(strings.Trim(w.must(0, "output", output), `"`))
		if len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Errorf("%s: something is there twice: %v", output, got)
		}
		for _, id := range there {
			if !slices.Contains(got, id) {
				t.Errorf("%s: %s is missing", output, id)
			}
		}
		if !slices.IsSortedFunc(got, func(a, b string) int { return len(a)*1000 + strings.Compare(a, b) - len(b)*1000 }) {
			t.Errorf("%s are not in order: %v", output, got)
		}
	}
}

func authorizationIDs(all []ghessim.Authorization) (ids []string) {
	for _, a := range all {
		ids = append(ids, fmt.Sprint(a.ID))
	}
	return ids
}

func grantIDs(all []ghessim.Grant) (ids []string) {
	for _, g := range all {
		ids = append(ids, fmt.Sprint(g.ID))
	}
	return ids
}
