package ghes

import (
	"context"
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
)

// parallelism is how many resources the CLIs refresh at a time.
const parallelism = 10

// collection is a server's authorizations in the order of its list.
type collection []Authorization

// personal returns n personal access tokens whose numbers have gaps of up to gap.
func personal(random *rand.Rand, n, gap int) collection {
	all, id := make(collection, n), int64(0)
	for i := range all {
		id += 1 + random.Int64N(int64(gap))
		all[i] = Authorization{ID: id, App: App{ClientID: NoApp}, Note: fmt.Sprint("token ", id)}
	}
	return all
}

// ServeHTTP implements http.Handler.
func (all collection) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, element, _ := strings.Cut(r.URL.Path, "/authorizations/")
	if id, err := strconv.ParseInt(element, 10, 64); err == nil {
		i := slices.IndexFunc(all, func(a Authorization) bool { return a.ID == id })
		if i < 0 {
			reply(http.StatusNotFound, `{"message":"Not Found"}`)(w, r)
			return
		}
		reply(http.StatusOK, marshal(all[i]))(w, r)
		return
	}
	number, _ := strconv.Atoi(r.FormValue("page"))
	last := (len(all) + pageSize - 1) / pageSize
	if number < last {
		w.Header().Set("Link", fmt.Sprintf(`<?page=%d>; rel="next", <?page=%d>; rel="last"`, number+1, last))
	}
	from := min((number-1)*pageSize, len(all))
	reply(http.StatusOK, marshal(all[from:min(from+pageSize, len(all))]))(w, r)
}

// refresh reads all of ids as a CLI does, and checks that each answer is its own.
func refresh(ctx context.Context, t *testing.T, c *Client, ids []int64) {
	t.Helper()
	queue := make(chan int64)
	var readers sync.WaitGroup
	for range parallelism {
		readers.Go(func() {
			for id := range queue {
				if a, err := c.GetAuthorization(ctx, id); err != nil || a.ID != id || a.Note != fmt.Sprint("token ", id) {
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

// managed returns the numbers of n of all in any order: the first, the last, some
// at equal distances, or any.
func managed(random *rand.Rand, all collection, n int, which string) []int64 {
	ids := make([]int64, n)
	places := random.Perm(len(all))
	for i, at := range random.Perm(n) {
		switch which {
		case "first":
		case "last":
			at += len(all) - n
		case "even":
			at = at * len(all) / n
		default:
			at = places[i]
		}
		ids[i] = all[at].ID
	}
	return ids
}

func TestGetAuthorization_refreshBudget(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 10, 100, 1000, 5000} {
		for _, m := range []int{n, 1000, 20_000} {
			for _, which := range []string{"first", "last", "even", "any"} {
				if m < n {
					continue
				}
				t.Run(fmt.Sprintf("%s %d of %d", which, n, m), func(t *testing.T) {
					t.Parallel()
					random := rand.New(rand.NewPCG(uint64(n), uint64(m)))
					all := personal(random, m, 1)
					c, sent := serve(t, all.ServeHTTP)
					refresh(t.Context(), t, c, managed(random, all, n, which))
					lists, byNumber := sent.count("GET /authorizations?"), sent.count("GET /authorizations/")
					if most := min(n, 2*((m+99)/100)) + 10; lists+byNumber > most {
						t.Errorf("%d lists and %d by number, want at most %d", lists, byNumber, most)
					}
					if n <= 2 && (lists != 0 || byNumber != n) {
						t.Errorf("%d lists and %d by number, want %d by number", lists, byNumber, n)
					}
				})
			}
		}
	}
}

// Where numbers tell little or nothing of places, a refresh still sends no more
// than five requests above one for each read or, for more reads than there are
// pages, about twice as many as there are pages.
func TestGetAuthorization_refreshUnordered(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	personal, apps := personal(random, 20_000, 50), personal(random, 20_000, 50)
	for i := range apps {
		apps[i].App.ClientID = "an app"
	}
	random.Shuffle(len(apps), func(i, j int) { apps[i], apps[j] = apps[j], apps[i] })
	for name, test := range map[string]struct{ all, read collection }{
		"gaps":      {personal, personal},
		"apps":      {apps, apps},
		"apps last": {slices.Concat(personal, apps), apps},
		"few apps":  {apps[:900], apps[:900]},
		"backwards": {reversed(personal), personal},
	} {
		for _, n := range []int{3, 10, 100, 800} {
			t.Run(fmt.Sprintf("%d of %s", n, name), func(t *testing.T) {
				t.Parallel()
				c, sent := serve(t, test.all.ServeHTTP)
				refresh(t.Context(), t, c, managed(rand.New(rand.NewPCG(3, 4)), test.read, n, "any"))
				most := min(n, 2*len(test.all)/pageSize) + 10
				if got := sent.count("GET"); got > most {
					t.Errorf("%d requests, want at most %d", got, most)
				}
			})
		}
	}
}

// A number that should be on a page which is there, by an order that is not, is
// asked for, too.
func TestGetAuthorization_disorder(t *testing.T) {
	t.Parallel()
	all := personal(rand.New(rand.NewPCG(1, 2)), 250, 20)
	c, sent := serve(t, reversed(all).ServeHTTP)
	for _, id := range []int64{all[0].ID, all[1].ID, all[99].ID} {
		if _, err := c.GetAuthorization(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	for _, a := range all[150:] {
		if _, err := c.GetAuthorization(t.Context(), a.ID+1); err != nil && !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
	}
	if lists := sent.count("GET /authorizations?"); lists > 3 {
		t.Errorf("%d lists of 3 pages", lists)
	}
}

// A server that names no last page has its list read page by page.
func TestGetAuthorization_noLastPage(t *testing.T) {
	t.Parallel()
	all := personal(rand.New(rand.NewPCG(1, 2)), 1000, 1)
	c, sent := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		all.ServeHTTP(answer, r)
		next, _, _ := strings.Cut(answer.Header().Get("Link"), ",")
		w.Header().Set("Link", next)
		reply(answer.Code, answer.Body.String())(w, r)
	})
	refresh(t.Context(), t, c, managed(rand.New(rand.NewPCG(3, 4)), all, 1000, "any"))
	if got := sent.count("GET"); got > 60 {
		t.Errorf("%d requests", got)
	}
}

func reversed(all collection) collection {
	all = slices.Clone(all)
	slices.Reverse(all)
	return all
}

// What the list does not hold is asked for by number, once each.
func TestGetAuthorization_notListed(t *testing.T) {
	t.Parallel()
	all := personal(rand.New(rand.NewPCG(1, 2)), 300, 3)
	c, sent := serve(t, func(w http.ResponseWriter, r *http.Request) {
		listed := all
		if r.URL.Query().Has("page") {
			listed = all[50:]
		}
		listed.ServeHTTP(w, r)
	})
	refresh(t.Context(), t, c, managed(rand.New(rand.NewPCG(3, 4)), all, 300, "any"))
	if lists, byNumber := sent.count("GET /authorizations?"), sent.count("GET /authorizations/"); lists != 3 || byNumber < 50 || byNumber > 52 {
		t.Errorf("%d lists and %d by number, want 3 and the 50 that are not listed", lists, byNumber)
	}
	if _, err := c.GetAuthorization(t.Context(), all[299].ID+1); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
}

func marshal(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
