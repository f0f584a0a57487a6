package ghes

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// parallelism is the number of resources that Terraform refreshes at the same time.
const parallelism = 10

// collection is the authorizations of a server, in the order of its list.
type collection []Authorization

// personalTokens returns n personal access tokens in order of ID. Each ID is higher than the one before,
// by at most gap.
func personalTokens(random *rand.Rand, n, gap int) collection {
	all, id := make(collection, n), int64(0)
	for i := range all {
		id += 1 + random.Int64N(int64(gap))
		all[i] = Authorization{ID: id, App: App{ClientID: NoApp}, Note: fmt.Sprint("token ", id)}
	}
	return all
}

// appTokens returns n tokens of an app, which are in no order.
func appTokens(random *rand.Rand, n, gap int) collection {
	all := personalTokens(random, n, gap)
	for i := range all {
		all[i].App.ClientID = "an app"
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func backwards(all collection) collection {
	all = slices.Clone(all)
	slices.Reverse(all)
	return all
}

func pagesOf(items int) int { return (items + pageSize - 1) / pageSize }

// ServeHTTP implements http.Handler.
func (all collection) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, element, _ := strings.Cut(r.URL.Path, "/authorizations/")
	if id, err := strconv.ParseInt(element, 10, 64); err == nil {
		i := slices.IndexFunc(all, func(a Authorization) bool { return a.ID == id })
		if i < 0 {
			reply(http.StatusNotFound, notFound)(w, r)
			return
		}
		reply(http.StatusOK, marshal(all[i]))(w, r)
		return
	}
	number, _ := strconv.Atoi(r.FormValue("page"))
	last := pagesOf(len(all))
	if number < last {
		w.Header().Set("Link", fmt.Sprintf(`<?page=%d>; rel="next", <?page=%d>; rel="last"`, number+1, last))
	}
	from := min((number-1)*pageSize, len(all))
	reply(http.StatusOK, marshal(all[from:min(from+pageSize, len(all))]))(w, r)
}

func marshal(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// serveDirect returns a client of handler without connections, and the log of its requests.
func serveDirect(t *testing.T, handler http.Handler) (*Client, *requests) {
	t.Helper()
	sent := &requests{}
	cfg := Config{Connection: Connection{RoundTripper: direct(sent.record(handler.ServeHTTP))}}
	return newTestClient(t, "https://ghes.example.com", cfg), sent
}

// refresh reads the authorizations with ids as Terraform does, and checks each of them.
func refresh(t testing.TB, c *Client, ids []int64) {
	t.Helper()
	queue := make(chan int64)
	var readers sync.WaitGroup
	for range parallelism {
		readers.Go(func() {
			for id := range queue {
				if a, err := c.RefreshAuthorization(t.Context(), id); err != nil || a.ID != id || a.Note != fmt.Sprint("token ", id) {
					t.Errorf("authorization %d: %+v, %v", id, a, err)
				}
			}
		})
	}
	for _, id := range ids {
		queue <- id
	}
	close(queue)
	readers.Wait()
}

// placements are the ways in which selectIDs selects.
var placements = []string{"first", "last", "even", "random"}

// selectIDs returns the IDs of n of all, in random order: the first ones, the last ones, some that are
// spread evenly, or any.
func selectIDs(random *rand.Rand, all collection, n int, placement string) []int64 {
	ids, places := make([]int64, n), random.Perm(len(all))
	for i, at := range random.Perm(n) {
		switch placement {
		case "last":
			at += len(all) - n
		case "even":
			at = at * len(all) / n
		case "random":
			at = places[i]
		}
		ids[i] = all[at].ID
	}
	return ids
}

// mostRequests returns how many requests a refresh of n of m authorizations may send. That is one for each
// read or two for each page of the list, whichever is less, and 10 more.
//
// There is one exception. On a list of more than 10 pages, reads ask by ID until they have sent as many
// requests as the list has pages. Then the whole list is read. If the refresh ends soon after that, it has
// sent two requests for each page, which can be more than 10 above the number of reads.
func mostRequests(n, m int) int {
	pages := pagesOf(m)
	most := min(n, 2*pages) + 10
	if pages > shortList && n >= pages {
		most = max(most, 2*pages)
	}
	return most
}

// kinds returns m authorizations as they may be in a list.
func kinds(m int) map[string]collection {
	random := rand.New(rand.NewPCG(1, 2))
	gaps := personalTokens(random, m, 50)
	return map[string]collection{
		"without gaps": personalTokens(random, m, 1), "with gaps": gaps, "backwards": backwards(gaps), "of an app": appTokens(random, m, 50),
	}
}

// readCounts returns numbers of reads of m authorizations, among them those at which the rule changes.
func readCounts(m int) []int {
	pages := pagesOf(m)
	counts := []int{1, 2, 3, 4, 10, pages - 1, pages, pages + 1, pages + 11, 2*pages - 1, 2 * pages, 2*pages + 1, 1000, m}
	counts = slices.DeleteFunc(counts, func(n int) bool { return n < 1 || n > m })
	slices.Sort(counts)
	return slices.Compact(counts)
}

// countRequests refreshes n of all from server, and returns how many requests that took.
func countRequests(t *testing.T, server http.Handler, all collection, n int, placement string) (lists, byID int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, sent := serveDirect(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Millisecond + shortWait())
			server.ServeHTTP(w, r)
		}))
		refresh(t, c, selectIDs(rand.New(rand.NewPCG(3, 4)), all, n, placement))
		lists, byID = sent.count("GET /authorizations?"), sent.count("GET /authorizations/")
		if others := sent.count("") - lists - byID; others != 0 {
			t.Errorf("%d other requests", others)
		}
	})
	return lists, byID
}

func TestListCache_budget(t *testing.T) {
	t.Parallel()
	for _, m := range []int{1, 2, 100, 101, 1000, 1001, 3000} {
		for name, all := range kinds(m) {
			t.Run(fmt.Sprintf("of %d, %s", m, name), func(t *testing.T) {
				t.Parallel()
				for _, n := range readCounts(m) {
					for _, placement := range placements {
						checkBudget(t, all, n, placement)
					}
				}
			})
		}
	}
	large := appTokens(rand.New(rand.NewPCG(1, 2)), 20_000, 50)
	t.Run("of 20000", func(t *testing.T) {
		t.Parallel()
		for _, n := range []int{3, 100, 200, 400, 5000} {
			checkBudget(t, large, n, "random")
		}
	})
}

// checkBudget checks how many requests a refresh of n of all sends.
func checkBudget(t *testing.T, all collection, n int, placement string) {
	t.Helper()
	lists, byID := countRequests(t, all, all, n, placement)
	if most := mostRequests(n, len(all)); lists+byID > most || lists > pagesOf(len(all)) {
		t.Errorf("%d %s: %d requests for lists and %d by ID, want at most %d", n, placement, lists, byID, most)
	}
	if n <= firstReads && (lists != 0 || byID != n) {
		t.Errorf("%d %s: %d requests for lists and %d by ID, want %d by ID", n, placement, lists, byID, n)
	}
}

// If the server does not name the last page, the client knows of one more page than it has read. From the
// third read on, it reads the list page by page until it finds the authorization. So a refresh costs at
// most two reads by ID and all pages.
func TestListCache_noLastPage(t *testing.T) {
	t.Parallel()
	for _, m := range []int{2, 100, 101, 1000, 1001} {
		for name, all := range kinds(m) {
			t.Run(fmt.Sprintf("of %d, %s", m, name), func(t *testing.T) {
				t.Parallel()
				for _, n := range readCounts(m) {
					for _, placement := range placements {
						lists, byID := countRequests(t, withoutLastPage(all), all, n, placement)
						if byID != min(n, firstReads) || lists > pagesOf(m) || n <= firstReads && lists != 0 {
							t.Errorf("%d %s: %d requests for lists and %d by ID", n, placement, lists, byID)
						}
					}
				}
			})
		}
	}
}

// withoutLastPage removes the number of the last page from the Link headers of a server.
func withoutLastPage(server http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		whole := httptest.NewRecorder()
		server.ServeHTTP(whole, r)
		next, _, _ := strings.Cut(whole.Header().Get("Link"), ",")
		reply(whole.Code, whole.Body.String(), "Link", next)(w, r)
	}
}

// An authorization that is not in the list is read by ID, once for each read.
func TestListCache_notListed(t *testing.T) {
	t.Parallel()
	all := personalTokens(rand.New(rand.NewPCG(1, 2)), 300, 3)
	c, sent := serveDirect(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		listed := all
		if r.URL.Query().Has("page") {
			listed = all[50:]
		}
		listed.ServeHTTP(w, r)
	}))
	refresh(t, c, selectIDs(rand.New(rand.NewPCG(3, 4)), all, 300, "random"))
	if lists, byID := sent.count("GET /authorizations?"), sent.count("GET /authorizations/"); lists != 3 || byID < 50 || byID > 52 {
		t.Errorf("%d requests for lists and %d by ID, want 3 and the 50 that are not listed", lists, byID)
	}
	if _, err := c.RefreshAuthorization(t.Context(), all[299].ID+1); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
}

// An authorization that does not exist is read by ID, wherever it would be in the list.
func TestListCache_missing(t *testing.T) {
	t.Parallel()
	all := personalTokens(rand.New(rand.NewPCG(1, 2)), 250, 20)
	c, sent := serveDirect(t, backwards(all))
	for _, id := range []int64{all[0].ID, all[1].ID, all[99].ID} {
		if _, err := c.RefreshAuthorization(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	for _, a := range all[150:] {
		if _, err := c.RefreshAuthorization(t.Context(), a.ID+1); err != nil && !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
	}
	if lists := sent.count("GET /authorizations?"); lists > 3 {
		t.Errorf("%d requests for lists of 3 pages", lists)
	}
}

// Two reads find that no page was read yet. The second one joins only after the first one has ended, and
// must not read the rest of a long list.
func TestListCache_lateReader(t *testing.T) {
	t.Parallel()
	all := personalTokens(rand.New(rand.NewPCG(1, 2)), 3000, 1)
	c, sent := serveDirect(t, all)
	for id := int64(2901); id <= 2902; id++ {
		if _, err := c.RefreshAuthorization(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	list := c.list.Load()
	for range 2 {
		if err := list.load(t.Context(), c, 0); err != nil {
			t.Fatal(err)
		}
	}
	if n := sent.count("GET /authorizations?"); n != 1 {
		t.Errorf("%d pages were read, want 1", n)
	}
}
