package ghes

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// items returns a page of n authorizations or grants, each with a text of size bytes.
func items(n, size int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"id":%d,"url":%q}`, i+1, strings.Repeat("x", size)))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// endless responds to the request for each page with the same items, and always names a next page.
func endless(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var number int
		_, _ = fmt.Sscan(r.FormValue("page"), &number)
		w.Header().Set("Link", fmt.Sprintf(`<?page=%d>; rel="next"`, number+1))
		reply(http.StatusOK, body)(w, r)
	}
}

// A page with more items than were asked for is an error, and so is a list that is too large.
func TestHostile_largeLists(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body  string
		pages int
		want  string
	}{
		"one too many":         {items(101, 0), 1, "a page of the list has more items than the 100 that were requested"},
		"30,000":               {items(30_000, 200), 1, "a page of the list has more items than the 100 that were requested"},
		"endless, of 6 MiB":    {items(100, 60_000), 12, "the list is larger than 64 MiB"},
		"large items":          {items(1, 6<<20), 11, "the list is larger than 64 MiB"},
		"larger than a page":   {items(100, 90_000), 1, "the response is larger than 8 MiB"},
		"negative ID":          {`[{"id":-1}]`, 1, "the response has an authorization or grant without a valid ID"},
		"endless, empty pages": {"[]", maxPages, "page 10000 names page 10001 as the next one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := map[string]func(*Client) error{
				"authorizations": func(c *Client) error { _, err := c.ListAuthorizations(t.Context(), ""); return err },
				"grants":         func(c *Client) error { _, err := c.ListGrants(t.Context(), ""); return err },
				"search": func(c *Client) error {
					_, err := c.FindAuthorization(t.Context(), "", func(a Authorization) bool { return a.Note == "ci" })
					return err
				},
			}
			for list, call := range calls {
				c, sent := serveDirect(t, endless(test.body))
				if err := call(c); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: error %v, want %s", list, err, test.want)
				}
				if n := sent.count(""); n != test.pages {
					t.Errorf("%s: %d requests, want %d", list, n, test.pages)
				}
			}
		})
	}
}

// If the list is too large, a refresh reads by ID.
func TestHostile_largeLists_refresh(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"30,000": items(30_000, 200), "64 MiB": items(100, 60_000)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Has("page") {
					w.Header().Set("Link", `<?page=9>; rel="next", <?page=900000>; rel="last"`)
					reply(http.StatusOK, body)(w, r)
					return
				}
				reply(http.StatusNotFound, notFound)(w, r)
			})
			for id := int64(39_991); id <= 40_000; id++ {
				if _, err := c.RefreshAuthorization(t.Context(), id); err == nil || errors.Is(err, ErrNotFound) && name == "30,000" {
					t.Errorf("error %v", err)
				}
			}
			if n := sent.count(""); n > 40 {
				t.Errorf("%d requests", n)
			}
		})
	}
}
