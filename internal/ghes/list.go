package ghes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-github/v92/github"
)

const (
	// pageSize is the most that the server puts on a page.
	pageSize = 100
	// maxPages ends a list that goes on for ever.
	maxPages = 10_000
)

// numbered is an authorization or a grant.
type numbered interface{ number() int64 }

// list returns a collection, whole, each once, and in order of number.
func list[T numbered](ctx context.Context, c *Client, path, clientID string, get func(context.Context, int64) (*T, error)) ([]T, error) {
	items, pages, err := readPages[T](ctx, c, path, clientID, nil)
	if err == nil && pages > 1 {
		items, err = readAgain(ctx, c, path, clientID, items, get)
	}
	if err != nil {
		return nil, err
	}
	return inOrder(items), nil
}

// readAgain completes the first reading of a collection of more than one page.
// What is deleted while pages are read moves up the rest, so that something may
// slip from a page that is to come to one that was read. They are therefore read
// twice, and what the second reading lacks is asked for by number, with get.
func readAgain[T numbered](ctx context.Context, c *Client, path, clientID string, first map[int64]T, get func(context.Context, int64) (*T, error)) (map[int64]T, error) {
	items, _, err := readPages[T](ctx, c, path, clientID, nil)
	if err != nil {
		return nil, err
	}
	for number := range first {
		if _, there := items[number]; there {
			continue
		}
		item, err := get(ctx, number)
		switch {
		case err == nil:
			items[number] = *item
		case !errors.Is(err, ErrNotFound):
			return nil, err
		}
	}
	return items, nil
}

func inOrder[T numbered](items map[int64]T) []T {
	all := make([]T, 0, len(items))
	for _, number := range slices.Sorted(maps.Keys(items)) {
		all = append(all, items[number])
	}
	return all
}

// readPages reads a collection once, up to the page with an item that is enough,
// and returns its items by number and how many pages it read. Of the Link header
// it takes the number of the next page only, never an address: credentials stay
// at the origin that was configured.
func readPages[T numbered](ctx context.Context, c *Client, path, clientID string, enough func(T) bool) (map[int64]T, int, error) {
	all := map[int64]T{}
	for number := 1; ; {
		items, resp, err := page[T](ctx, c, pagePath(path, clientID, number))
		if err != nil {
			return nil, 0, err
		}
		found := false
		for _, item := range items {
			all[item.number()] = item
			found = found || enough != nil && enough(item)
		}
		next, err := nextPage(resp.Header)
		switch {
		case err != nil:
			return nil, 0, c.failure(resp.Request, resp, err)
		case next == 0 || found:
			return all, number, nil
		case next <= number || next > maxPages:
			return nil, 0, c.failure(resp.Request, resp, fmt.Errorf("page %d names page %d as the next one", number, next))
		}
		number = next
	}
}

// pagePath returns the path of a page of a collection, of those with clientID
// where that is not "".
func pagePath(path, clientID string, number int) string {
	query := url.Values{"per_page": {strconv.Itoa(pageSize)}, "page": {strconv.Itoa(number)}}
	if clientID != "" {
		query.Set("client_id", clientID)
	}
	return path + "?" + query.Encode()
}

// page returns one page of a collection, and the response for its links.
func page[T numbered](ctx context.Context, c *Client, path string) ([]T, *github.Response, error) {
	items, resp, err := call[[]T](ctx, c, http.MethodGet, path, nil, http.StatusOK)
	switch {
	case err != nil:
		return nil, nil, c.notOffered(ctx, err)
	case items == nil: // null
		return nil, nil, c.failure(resp.Request, resp, errWrongForm)
	case slices.ContainsFunc(items, func(item T) bool { return item.number() <= 0 }):
		return nil, nil, c.failure(resp.Request, resp, errNoNumber)
	}
	return items, resp, nil
}

var (
	errNoPage = errors.New("the Link header has a next page without a number")

	// link is one element of a Link header: an address, and parameters whose
	// values may be quoted (RFC 8288).
	link = regexp.MustCompile(`<([^>]*)>((?:\s*;\s*[^\s,;="]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]*))?)*)`)
	rel  = regexp.MustCompile(`(?i);\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]*))`)
)

// nextPage returns the number of the page that a Link header calls the next
// one, and 0 where there is none. go-github reads the first header line only,
// and takes a next page that it cannot make out for the end of the list.
func nextPage(header http.Header) (int, error) { return relatedPage(header, "next") }

// lastPage is like nextPage for the last page. Servers tell it, but nothing may
// depend on it.
func lastPage(header http.Header) int {
	number, _ := relatedPage(header, "last")
	return number
}

func relatedPage(header http.Header, related string) (int, error) {
	for _, element := range link.FindAllStringSubmatch(strings.Join(header.Values("Link"), ", "), -1) {
		relation := rel.FindStringSubmatch(element[2])
		if relation == nil || !slices.Contains(strings.Fields(strings.ToLower(relation[1]+relation[2])), related) {
			continue
		}
		address, err := url.Parse(element[1])
		if err != nil {
			return 0, errNoPage
		}
		page, err := strconv.Atoi(address.Query().Get("page"))
		if err != nil || page <= 0 {
			return 0, errNoPage
		}
		return page, nil
	}
	return 0, nil
}
