package ghes

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pages responds with one of lists, by the page of the request. The Link headers are those that link
// returns for the server's address and the page.
func pages(lists []string, link func(address string, page int) []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var page int
		if _, err := fmt.Sscan(r.FormValue("page"), &page); err != nil || page < 1 || page > len(lists) {
			reply(http.StatusTeapot, `{}`)(w, r)
			return
		}
		w.Header()["Link"] = link("http://"+r.Host+prefix, page)
		reply(http.StatusOK, lists[page-1])(w, r)
	}
}

func TestListAuthorizations(t *testing.T) {
	t.Parallel()
	const last = 3
	c, sent := serve(t, pages([]string{`[{"id":9,"token":"","note":"ci"},{"id":3}]`, `[]`, `[{"id":27}]`},
		func(address string, page int) []string {
			link := fmt.Sprintf(`<%s/authorizations?page=%d>; rel="last", <%[1]s/authorizations?page=1>; rel="first"`, address, last)
			if page < last {
				link = fmt.Sprintf(`<%s/authorizations?per_page=100&page=%d>; rel="next", %s`, address, page+1, link)
			}
			return []string{link}
		}))
	all, err := c.ListAuthorizations(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if want := []Authorization{{ID: 3}, {ID: 9, Note: "ci"}, {ID: 27}}; !reflect.DeepEqual(all, want) {
		t.Errorf("got %+v", all)
	}
	sent.want(t, twice(
		"GET /authorizations?page=1&per_page=100 octocat:correct-horse",
		"GET /authorizations?page=2&per_page=100 octocat:correct-horse",
		"GET /authorizations?page=3&per_page=100 octocat:correct-horse")...)
}

// twice returns the requests for a list of several pages. The client reads it twice, since items may move
// to another page meanwhile.
func twice(lines ...string) []string { return append(lines, lines...) }

// In every reading, an item is deleted between two pages. The first item of the second page then moves to
// the first one, which was read already.
func TestListAuthorizations_shifts(t *testing.T) {
	t.Parallel()
	stored := []int{}
	for id := range 250 {
		stored = append(stored, id+1)
	}
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, id, found := strings.Cut(r.URL.Path, "/authorizations/"); found {
			if n, _ := strconv.Atoi(id); slices.Contains(stored, n) {
				reply(http.StatusOK, `{"id":`+id+`}`)(w, r)
			} else {
				reply(http.StatusNotFound, `{"message":"Not Found"}`)(w, r)
			}
			return
		}
		page, _ := strconv.Atoi(r.FormValue("page"))
		if page == 2 {
			stored = slices.Delete(stored, 7, 8)
		}
		var items []string
		for _, id := range stored[(page-1)*100 : min(page*100, len(stored))] {
			items = append(items, fmt.Sprintf(`{"id":%d}`, id))
		}
		if page*100 < len(stored) {
			w.Header().Set("Link", fmt.Sprintf(`<?page=%d>; rel="next"`, page+1))
		}
		reply(http.StatusOK, "["+strings.Join(items, ",")+"]")(w, r)
	})
	all, err := c.ListAuthorizations(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	got := []int{}
	for _, a := range all {
		got = append(got, int(a.ID))
	}
	// The deleted ones may have been read before.
	if got = slices.DeleteFunc(got, func(id int) bool { return id == 8 || id == 9 }); !slices.Equal(got, stored) {
		t.Errorf("got %d of %d: %v", len(got), len(stored), got)
	}
}

// The client asks for each page of one app, even if the link to the next page does not.
func TestListAuthorizations_ofOneApp(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, pages([]string{`[{"id":1}]`, `[{"id":2}]`}, func(address string, page int) []string {
		if page == 2 {
			return nil
		}
		return []string{fmt.Sprintf(`<%s/authorizations?page=2>; rel="next"`, address)}
	}))
	if all, err := c.ListAuthorizations(t.Context(), "Iv1.0 &x"); err != nil || len(all) != 2 {
		t.Errorf("got %+v, error %v", all, err)
	}
	sent.want(t, twice(
		"GET /authorizations?client_id=Iv1.0+%26x&page=1&per_page=100 octocat:correct-horse",
		"GET /authorizations?client_id=Iv1.0+%26x&page=2&per_page=100 octocat:correct-horse")...)
}

// The client takes only the page number from a link. It requests the next page from the same address as
// the previous one.
func TestListAuthorizations_links(t *testing.T) {
	t.Parallel()
	other := otherHost(t)
	for name, test := range map[string]struct {
		link string
		more bool
	}{
		"another host":      {`<` + other + `/authorizations?page=2>; rel="next"`, true},
		"another scheme":    {`<https://127.0.0.1/prefix/api/v3/authorizations?page=2>; rel="next"`, true},
		"no host":           {`<?page=2>; rel="next"`, true},
		"more parameters":   {`<` + other + `?page=2&x=%2C>; type="text/html"; rel="next"; title="more"`, true},
		"after others":      {`<` + other + `>; rel="deprecation"; type="text/html", <` + other + `>; rel="alternate", <?page=2>; rel="next"`, true},
		"deprecation only":  {`<` + other + `/changes?page=2>; rel="deprecation"; type="text/html", <` + other + `?page=2>; rel="alternate"`, false},
		"the last page":     {`<?page=1>; rel="prev", <?page=1>; rel="first"`, false},
		"page 0 is the end": {`<?page=0>; rel="last"`, false},
		"garbage":           {`page 2, <>, <?page=2; rel="next"`, false},
		"none":              {``, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, pages([]string{`[{"id":1}]`, `[{"id":2}]`}, func(_ string, page int) []string {
				if page == 2 {
					return nil
				}
				return []string{test.link}
			}))
			all, err := c.ListAuthorizations(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			want := []Authorization{{ID: 1}}
			lines := []string{"GET /authorizations?page=1&per_page=100 octocat:correct-horse"}
			if test.more {
				want = append(want, Authorization{ID: 2})
				lines = twice(append(lines, "GET /authorizations?page=2&per_page=100 octocat:correct-horse")...)
			}
			if !reflect.DeepEqual(all, want) {
				t.Errorf("got %+v, want %+v", all, want)
			}
			sent.want(t, lines...)
		})
	}
}

// If the client missed the link to the next page, the authorizations on it would look deleted.
func TestListAuthorizations_nextLink(t *testing.T) {
	t.Parallel()
	for name, links := range map[string][]string{
		"in a header of its own": {`<https://example.com/changes>; rel="deprecation"`, `<?page=2>; rel="next"`},
		"without a number":       {`<?page=two>; rel="next"`},
		"with a comma":           {`<?client_id=a,b&page=2>; rel="next"`},
		"without quotes":         {`<?page=2>; rel=next`},
		"with a cursor":          {`<?cursor=abc>; rel="next"`},
		"no address":             {`<%zz?page=2>; rel="next"`},
		"without a page":         {`<?per_page=100>; rel="next"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := serve(t, pages([]string{`[{"id":1}]`, `[{"id":2}]`}, func(_ string, page int) []string {
				if page == 2 {
					return nil
				}
				return links
			}))
			all, err := c.ListAuthorizations(t.Context(), "")
			if err == nil && len(all) != 2 {
				t.Errorf("got %d of 2 and no error", len(all))
			}
		})
	}
}

func TestListAuthorizations_loops(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		`<?page=2>; rel="next"`:     "page 2 names page 2 as the next one",
		`<?page=99999>; rel="next"`: "page 2 names page 99999 as the next one",
		`<?page=1>; rel="next"`:     "page 2 names page 1 as the next one",
		`<?page=-4>; rel="next"`:    "the Link header has a next page without a number",
	} {
		t.Run(link, func(t *testing.T) {
			t.Parallel()
			left := 10 // The test ends an endless loop after so many pages.
			c, sent := serve(t, pages([]string{`[{"id":1}]`, `[{"id":2}]`}, func(_ string, page int) []string {
				if left--; left < 0 {
					return nil
				}
				if page == 1 && link != `<?page=-4>; rel="next"` {
					return []string{`<?page=2>; rel="next"`}
				}
				return []string{link}
			}))
			all, err := c.ListAuthorizations(t.Context(), "")
			if all != nil {
				t.Errorf("got %+v", all)
			}
			wantError(t, err, "GET PREFIX/authorizations: 200 OK: "+want)
			if n := sent.count(""); n > 2 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestListAuthorizations_empty(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, reply(http.StatusOK, `[]`))
	if all, err := c.ListAuthorizations(t.Context(), ""); err != nil || all == nil || len(all) != 0 {
		t.Errorf("got %#v, error %v", all, err)
	}
	c, _ = serve(t, reply(http.StatusOK, `null`))
	_, err := c.ListAuthorizations(t.Context(), "")
	wantError(t, err, "GET PREFIX/authorizations: 200 OK: the response does not have the form that the API documents")
}

// If a page cannot be read, the call returns no part of the list.
func TestListAuthorizations_laterPage(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, pages([]string{`[{"id":1}]`}, func(string, int) []string { return []string{`<?page=2>; rel="next"`} }))
	all, err := c.ListAuthorizations(t.Context(), "")
	if all != nil {
		t.Errorf("got %+v", all)
	}
	wantError(t, err, "GET PREFIX/authorizations: 418 I'm a teapot")
}

// FuzzNextPage puts a link to a next page among other links. The client must find it, or return an
// error.
func FuzzNextPage(f *testing.F) {
	f.Add(`</changes>; rel="deprecation"; type="text/html"`, `/authorizations?per_page=100&page=`, `; rel="next"`, 2)
	f.Add(`page 2`, `?page=`, `; title="more, or less"; rel=next`, 3)
	f.Add(`<?page=1>; rel="prev"`, `https://[::1]/?x=%2C&page=`, `; REL="next last", <?page=9>; rel="last"`, 4)
	f.Add(`<%zz>; rel="next"`, `?cursor=abc&page=`, ``, 5)
	f.Fuzz(func(t *testing.T, other, address, parameters string, page int) {
		header := http.Header{"Link": {other, fmt.Sprintf("<%s%d>%s", address, page, parameters), other}}
		if got, err := relatedPage(header, "next"); got < 0 || err != nil && got != 0 {
			t.Errorf("%q: page %d, %v", header, got, err)
		}
		if page <= 0 || strings.ContainsAny(other, `<>"`) {
			return
		}
		header["Link"][1] = fmt.Sprintf(`<?page=%d>; rel="next"`, page)
		if got, err := relatedPage(header, "next"); got != page || err != nil {
			t.Errorf("%q: page %d, %v", header, got, err)
		}
	})
}
