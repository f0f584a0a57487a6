package ghes

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// A search reads up to the page that completes the limit. Otherwise it reads all pages twice.
func TestSearchAuthorizations(t *testing.T) {
	t.Parallel()
	const ci = `{"id":%d,"note":"ci"}`
	lists := []string{
		"[" + fmt.Sprintf(ci, 9) + `,{"id":3,"note":"mine"}]`,
		"[" + fmt.Sprintf(ci, 5) + "," + fmt.Sprintf(ci, 27) + "]",
		"[" + fmt.Sprintf(ci, 1) + "]",
	}
	for name, test := range map[string]struct {
		limit int64
		want  []int64
		pages []int
	}{
		"all":                  {0, []int64{1, 5, 9, 27}, []int{1, 2, 3, 1, 2, 3}},
		"negative limit":       {-1, []int64{1, 5, 9, 27}, []int{1, 2, 3, 1, 2, 3}},
		"one":                  {1, []int64{9}, []int{1}},
		"two":                  {2, []int64{5, 9}, []int{1, 2}},
		"three":                {3, []int64{5, 9, 27}, []int{1, 2}},
		"as many as there are": {4, []int64{1, 5, 9, 27}, []int{1, 2, 3}},
		"more than there are":  {5, []int64{1, 5, 9, 27}, []int{1, 2, 3, 1, 2, 3}},
		"many more than that":  {1 << 62, []int64{1, 5, 9, 27}, []int{1, 2, 3, 1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, pages(lists, func(_ string, page int) []string {
				if page == len(lists) {
					return nil
				}
				return []string{fmt.Sprintf(`<?page=%d>; rel="next"`, page+1)}
			}))
			all, err := c.SearchAuthorizations(t.Context(), "", test.limit, func(a Authorization) bool { return a.Note == "ci" })
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, a := range all {
				got = append(got, a.ID)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %d, want %d", got, test.want)
			}
			var lines []string
			for _, page := range test.pages {
				lines = append(lines, fmt.Sprintf("GET /authorizations?page=%d&per_page=100 octocat:correct-horse", page))
			}
			sent.want(t, lines...)
		})
	}
}

// If an authorization is created between two pages, the last item of the first page appears on the second
// one again. It counts once.
func TestSearchAuthorizations_duplicates(t *testing.T) {
	t.Parallel()
	lists := []string{`[{"id":1},{"id":2}]`, `[{"id":2},{"id":3}]`, `[{"id":4}]`}
	c, _ := serve(t, pages(lists, func(_ string, page int) []string {
		if page == len(lists) {
			return nil
		}
		return []string{fmt.Sprintf(`<?page=%d>; rel="next"`, page+1)}
	}))
	all, err := c.SearchAuthorizations(t.Context(), "", 4, func(Authorization) bool { return true })
	if err != nil || len(all) != 4 {
		t.Errorf("got %+v, %v, want four", all, err)
	}
}

// An item that moves from the second page to the first one, between two readings, is found in the first
// reading.
func TestSearchAuthorizations_shifts(t *testing.T) {
	t.Parallel()
	readings := 0
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch page := r.FormValue("page"); {
		case page == "1":
			readings++
			w.Header().Set("Link", `<?page=2>; rel="next"`)
			reply(http.StatusOK, `[{"id":1,"note":"mine"}]`)(w, r)
		case readings == 1:
			reply(http.StatusOK, `[{"id":7,"note":"ci"}]`)(w, r)
		default:
			reply(http.StatusOK, `[]`)(w, r)
		}
	})
	all, err := c.SearchAuthorizations(t.Context(), "", 0, func(a Authorization) bool { return a.Note == "ci" })
	if err != nil || len(all) != 1 || all[0].ID != 7 {
		t.Errorf("got %+v, %v, want ID 7", all, err)
	}
}

func TestSearchAuthorizations_fails(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, pages([]string{`[{"id":1}]`}, func(string, int) []string { return []string{`<?page=2>; rel="next"`} }))
	all, err := c.SearchAuthorizations(t.Context(), "app", 2, func(Authorization) bool { return true })
	if all != nil {
		t.Errorf("got %+v", all)
	}
	wantError(t, err, "GET PREFIX/authorizations: 418 I'm a teapot")
}
