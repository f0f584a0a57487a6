package ghes

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
)

const (
	pageSize = 100      // items on a page: the most that the server sends, and what the client requests
	maxPages = 10_000   // after which a list is taken to go on forever
	maxList  = 64 << 20 // bytes that the pages of one list may have in total
	readings = 2        // passes over the pages of a list, so that none of its items is missed
)

// identified is an authorization or a grant.
type identified interface{ identifier() int64 }

// page is one page of a list.
type page[T identified] struct {
	items      []T
	size       int // of the response, in bytes
	next, last int // the numbers of the next and the last page, 0 where the server gives none
}

// pageItems are the items of a page, or the first 101: all that fit could take gigabytes.
type pageItems[T identified] []T

// UnmarshalJSON implements json.Unmarshaler.
func (p *pageItems[T]) UnmarshalJSON(data []byte) error {
	if data[0] != '[' {
		return json.Unmarshal(data, (*[]T)(p))
	}
	*p = []T{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	_, err := decoder.Token()
	for err == nil && decoder.More() && len(*p) <= pageSize {
		var item T
		err = decoder.Decode(&item)
		*p = append(*p, item)
	}
	return err
}

// searchList is a call that collects from the list at path, of one app if clientID is not "".
func searchList[T identified](ctx context.Context, c *Client, path, clientID string, limit int64, passes int, matches func(T) bool) ([]T, error) {
	return throughGate(ctx, c, transport.Request{Method: http.MethodGet, Path: path}, func() ([]T, error) {
		budget := c.budget(c.config.MaxWait)
		return collect(func(number int) (page[T], error) {
			budget = c.budget(budget.Wait)
			return getPage[T](ctx, c, &budget, path, clientID, number)
		}, limit, passes, matches)
	})
}

// collect returns the items that match, in order of ID: all, or no more than limit if that is
// positive. It reads several pages up to passes times: items may slip to a page that was read.
func collect[T identified](read func(number int) (page[T], error), limit int64, passes int, matches func(T) bool) ([]T, error) {
	if limit <= 0 {
		limit = maxPages * pageSize
	}
	found := map[int64]T{}
	for pages := 2; passes > 0 && pages > 1 && int64(len(found)) < limit; passes-- {
		var err error
		if pages, err = readPages(read, limit, matches, found); err != nil {
			return nil, err
		}
	}
	items := slices.AppendSeq([]T{}, maps.Values(found))
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(a.identifier(), b.identifier()) })
	return items[:min(int64(len(items)), limit)], nil
}

// readPages adds what matches to found, up to limit, and returns how many pages it has read.
func readPages[T identified](read func(number int) (page[T], error), limit int64, matches func(T) bool, found map[int64]T) (int, error) {
	size := 0
	for number := 1; ; number++ {
		page, err := read(number)
		if err != nil {
			return 0, err
		}
		if size += page.size; size > maxList {
			return 0, errListTooLarge
		}
		for _, item := range page.items {
			if matches(item) {
				found[item.identifier()] = item
			}
		}
		if page.next == 0 || int64(len(found)) >= limit {
			return number, nil
		}
	}
}

// getPage reads a page of the list at path, of one app if clientID is not "", within budget.
func getPage[T identified](ctx context.Context, c *Client, budget *transport.Budget, path, clientID string, number int) (page[T], error) {
	query := url.Values{"per_page": {strconv.Itoa(pageSize)}, "page": {strconv.Itoa(number)}}
	if clientID != "" {
		query.Set("client_id", clientID)
	}
	r := transport.Request{Method: http.MethodGet, Path: path + "?" + query.Encode()}
	var items pageItems[T]
	a, rest := c.send(ctx, r, *budget)
	*budget = rest
	if err := c.decode(ctx, r, a, &items, http.StatusOK); err != nil {
		return page[T]{}, c.notOffered(ctx, err)
	}
	next, err := relatedPage(a.Response.Header, "next")
	switch {
	case err != nil:
	case items == nil: // null
		err = errWrongForm
	case len(items) > pageSize:
		err = fmt.Errorf("a page of the list has more items than the %d that were requested", pageSize)
	case slices.ContainsFunc(items, func(item T) bool { return item.identifier() <= 0 }):
		err = errNoID
	case next > maxPages, next > 0 && next <= number:
		err = fmt.Errorf("page %d names page %d as the next one", number, next)
	}
	if err != nil {
		return page[T]{}, c.responseError(r, a, err)
	}
	if path == authorizationsPath {
		c.offered.Store(new(error)) // The server has the API.
	}
	last, _ := relatedPage(a.Response.Header, "last") // Nothing depends on it.
	return page[T]{items: items, size: len(a.Body), next: next, last: last}, nil
}

var (
	errListTooLarge = fmt.Errorf("the list is larger than %d MiB", maxList>>20)

	// link is an element of a Link header: an address, and parameters (RFC 8288).
	link = regexp.MustCompile(`<([^>]*)>((?:\s*;\s*[^\s,;="]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]*))?)*)`)
	rel  = regexp.MustCompile(`(?i);\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]*))`)
)

// relatedPage returns the number of the page to which a Link header gives the relation, 0 if there
// is none. Nothing else of the address is used, so that credentials stay with the server.
func relatedPage(header http.Header, relation string) (int, error) {
	for _, element := range link.FindAllStringSubmatch(strings.Join(header.Values("Link"), ", "), -1) {
		given := strings.ToLower(rel.ReplaceAllString(rel.FindString(element[2]), "$1$2"))
		if !slices.Contains(strings.Fields(given), relation) {
			continue
		}
		_, query, _ := strings.Cut(element[1], "?")
		values, _ := url.ParseQuery(query) // An invalid query has no page.
		number, _ := strconv.Atoi(values.Get("page"))
		if number <= 0 {
			return 0, errors.New("the Link header has a next page without a number")
		}
		return number, nil
	}
	return 0, nil
}
