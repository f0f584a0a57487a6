package ghes

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// pageSize is the most that the server puts on a page.
const pageSize = 100

// list returns every page of a collection. Of the Link header it takes the
// number of the next page only, never an address: credentials stay at the
// origin that was configured.
func list[T any](ctx context.Context, c *Client, path, clientID string) ([]T, error) {
	query := url.Values{"per_page": {strconv.Itoa(pageSize)}}
	if clientID != "" {
		query.Set("client_id", clientID)
	}
	all := []T{}
	for page := 1; ; {
		query.Set("page", strconv.Itoa(page))
		items, resp, err := call[[]T](ctx, c, http.MethodGet, path+"?"+query.Encode(), nil, http.StatusOK)
		if err != nil {
			return nil, notOffered(err)
		}
		all = append(all, items...)
		if resp.NextPage == 0 {
			return all, nil
		}
		if resp.NextPage <= page {
			return nil, newError(resp.Request, resp, fmt.Errorf("page %d names page %d as the next one", page, resp.NextPage))
		}
		page = resp.NextPage
	}
}
