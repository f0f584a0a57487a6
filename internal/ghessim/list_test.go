package ghessim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func TestList_order(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	for _, a := range []ghessim.Authorization{
		{ID: 1, ClientID: "other-app"},
		{ID: 2, ClientID: clientID, Fingerprint: new("b")},
		{ID: 3, Note: new("z")},
		{ID: 4, ClientID: clientID},
		{ID: 5, ClientID: clientID, Fingerprint: new("a")},
		{ID: 6, Note: new("a"), Fingerprint: new("x")},
		{ID: 7, ClientID: clientID},
		{ID: 8, ClientID: "made-elsewhere"},
		{ID: 9, Note: new("theirs"), Login: "hubot"},
		{ID: 10, ClientID: clientID, Fingerprint: new("B")},
	} {
		i.AddAuthorization(a)
	}
	// Personal access tokens in order of ID, then the apps in order of registration: first the one without a
	// fingerprint, then by fingerprint.
	if got, want := i.list("/authorizations"), []int64{3, 6, 4, 7, 10, 5, 2, 1, 8}; !slices.Equal(got, want) {
		t.Errorf("got %d, want %d", got, want)
	}
	for filter, want := range map[string][]int64{
		"client_id=demo-app":             {4, 7, 10, 5, 2},
		"client_id=demo-app&per_page=2":  {4, 7},
		"client_id=nobody":               nil,
		"client_id=":                     {3, 6, 4, 7, 10, 5, 2, 1, 8},
		"client_id=00000000000000000000": nil,
	} {
		if got := i.list("/authorizations?" + filter); !slices.Equal(got, want) {
			t.Errorf("%s: got %d, want %d", filter, got, want)
		}
	}
	old := start(t, ghessim.Options{Version: "2.22.0"})
	old.AddAuthorization(ghessim.Authorization{Note: new("ci")})
	if got := old.list("/authorizations?client_id=demo-app"); len(got) != 1 {
		t.Errorf("2.22 filters by client_id: got %d", got)
	}
}

// list returns the numbers on one page.
func (i *instance) list(path string) []int64 {
	i.t.Helper()
	var ids []int64
	for _, a := range decode[[]authorization](i.do("GET", path, "").want(200, "[")) {
		ids = append(ids, a.ID)
	}
	return ids
}

func TestPages(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	for n := range 250 {
		i.AddAuthorization(ghessim.Authorization{Note: new(fmt.Sprint(n))})
	}
	base := i.url + "/api/v3/authorizations?"
	for _, c := range []struct {
		query       string
		count       int
		first       int64
		links       string // rel query rel query …
		description string
	}{
		{"", 30, 1, "next page=2 last page=9", "default size, page added last"},
		{"page=2", 30, 31, "prev page=1 next page=3 last page=9 first page=1", "in the middle"},
		{"page=9", 10, 241, "prev page=8 first page=1", "last page"},
		{"page=10", 0, 0, "prev page=9 first page=1", "past the end"},
		{"per_page=100&page=2", 100, 101, "prev per_page=100&page=1 next per_page=100&page=3 last per_page=100&page=3 first per_page=100&page=1", "page last"},
		{"page=2&per_page=100", 100, 101, "prev page=1&per_page=100 next page=3&per_page=100 last page=3&per_page=100 first page=1&per_page=100", "page first"},
		{"per_page=125", 100, 1, "next per_page=125&page=2 last per_page=125&page=3", "a page too large"},
		{"per_page=100&client_id=&x=a%20b", 100, 1, "next per_page=100&client_id=&x=a%20b&page=2 last per_page=100&client_id=&x=a%20b&page=3", "other parameters"},
		{"per_page=0", 30, 1, "next per_page=0&page=2 last per_page=0&page=9", "no size"},
		{"per_page=all&page=-1", 30, 1, "next per_page=all&page=2 last per_page=all&page=9", "no numbers"},
		{"client_id=nobody", 0, 0, "", "nothing"},
	} {
		t.Run(c.description, func(t *testing.T) {
			t.Parallel()
			path := "/authorizations"
			if c.query != "" {
				path += "?" + c.query
			}
			got := i.do("GET", path, "").want(200, "[")
			items := decode[[]authorization](got)
			if len(items) != c.count || len(items) > 0 && items[0].ID != c.first {
				t.Errorf("%d items, want %d from %d", len(items), c.count, c.first)
			}
			var want []string
			for words := strings.Fields(c.links); len(words) > 0; words = words[2:] {
				want = append(want, fmt.Sprintf(`<%s%s>; rel="%s"`, base, words[1], words[0]))
			}
			if link := got.header.Get("Link"); link != strings.Join(want, ", ") {
				t.Errorf("Link is %s\nwant %s", link, strings.Join(want, ", "))
			}
		})
	}
}
