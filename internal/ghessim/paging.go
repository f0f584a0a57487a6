package ghessim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Documented. Assumption: a larger page is cut to the largest.
const (
	defaultPerPage = 30
	maxPerPage     = 100
)

// page returns the part of items that the request asks for and leaves a Link header in the call.
// Assumption: a page past the end is empty, and the server ignores a value that is not a
// positive number.
func page[T any](c *call, items []T) []T {
	query := c.request.URL.Query()
	perPage := min(positive(query.Get("per_page"), defaultPerPage), maxPerPage)
	number := positive(query.Get("page"), 1)
	last := max(1, (len(items)+perPage-1)/perPage)

	// In this order (recorded since 2016); a single page has no links.
	var links []string
	link := func(number int, rel string) {
		links = append(links, fmt.Sprintf(`<%s>; rel="%s"`, c.pageURL(number), rel))
	}
	if number > 1 {
		link(number-1, "prev")
	}
	if number < last {
		link(number+1, "next")
		link(last, "last")
	}
	if number > 1 {
		link(1, "first")
	}
	if links != nil {
		c.header.Set("Link", strings.Join(links, ", "))
	}

	if number > last {
		return []T{}
	}
	start := (number - 1) * perPage
	return slices.Clone(items[start:min(start+perPage, len(items))])
}

func positive(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// pageURL is the request's address for another page: its parameters keep their places, and page comes last unless it
// was among them (recorded since 2015).
func (c *call) pageURL(number int) string {
	parameter := fmt.Sprintf("page=%d", number)
	var parameters []string
	found := false
	for p := range strings.SplitSeq(c.request.URL.RawQuery, "&") {
		switch name, _, _ := strings.Cut(p, "="); {
		case p == "":
		case name == "page":
			parameters = append(parameters, parameter)
			found = true
		default:
			parameters = append(parameters, p)
		}
	}
	if !found {
		parameters = append(parameters, parameter)
	}
	below := strings.TrimPrefix(c.request.URL.EscapedPath(), apiRoot)
	return c.url(below) + "?" + strings.Join(parameters, "&")
}
