package ghes

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

const (
	notFound = `{"message":"Not Found"}`

	getRequest  = "GET /authorizations/1 octocat:correct-horse"
	listRequest = "GET /authorizations?page=1&per_page=100 octocat:correct-horse"
	metaRequest = "GET /meta :" // without credentials
)

// missing responds with 404 to a request for an authorization, and calls list for the list.
func missing(list http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/authorizations") {
			list(w, r)
			return
		}
		reply(http.StatusNotFound, notFound)(w, r)
	}
}

// get reads authorization 1, which the server does not have, and returns the error.
func get(t *testing.T, c *Client) error {
	t.Helper()
	a, err := c.GetAuthorization(t.Context(), 1)
	if a != nil {
		t.Errorf("got %+v", a)
	}
	return err
}

func TestGetAuthorization_missing(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, missing(reply(http.StatusOK, `[{"id":2}]`)))
	for range 3 {
		err := get(t, c)
		wantError(t, err, "GET PREFIX/authorizations/1: 404 Not Found: \"Not Found\"")
		wantIs(t, err, ErrNotFound)
	}
	sent.want(t, getRequest, listRequest, getRequest, getRequest)
}

func TestGetAuthorization_listWasRead(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, missing(reply(http.StatusOK, `[]`)))
	if _, err := c.ListAuthorizations(t.Context(), "app"); err != nil {
		t.Fatal(err)
	}
	wantIs(t, get(t, c), ErrNotFound)
	sent.want(t, "GET /authorizations?client_id=app&page=1&per_page=100 octocat:correct-horse", getRequest)
}

func TestGetAuthorization_notOffered(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		http.StatusNotFound: "GET PREFIX/authorizations: 404 Not Found: \"Not Found\": this server does not offer the OAuth Authorizations API",
		http.StatusGone:     "GET PREFIX/authorizations: 410 Gone: \"Not Found\": this server does not offer the OAuth Authorizations API",
	} {
		c, sent := serve(t, missing(reply(status, notFound)))
		for range 3 {
			err := get(t, c)
			wantError(t, err, want)
			wantIs(t, err, ErrNotOffered)
		}
		sent.want(t, getRequest, listRequest, metaRequest, getRequest, getRequest)
	}
}

// If the list cannot be read, the read fails with its error, and the next one reads the list again.
func TestGetAuthorization_listFails(t *testing.T) {
	t.Parallel()
	lists := []http.HandlerFunc{
		reply(http.StatusInternalServerError, `{"message":"Server Error"}`),
		reply(http.StatusOK, `{}`),
		webPage(http.StatusNotFound),
		reply(http.StatusOK, `[]`),
	}
	var reads atomic.Int64
	c, sent := serve(t, missing(func(w http.ResponseWriter, r *http.Request) { lists[reads.Add(1)-1](w, r) }))
	err := get(t, c)
	wantError(t, err, "GET PREFIX/authorizations: 500 Internal Server Error: \"Server Error\"")
	wantIs(t, err)
	err = get(t, c)
	wantError(t, err, "GET PREFIX/authorizations: 200 OK: the response is a JSON object, which the API does not document")
	wantIs(t, err)
	wantIs(t, get(t, c), ErrNotJSON)
	wantIs(t, get(t, c), ErrNotFound)
	wantIs(t, get(t, c), ErrNotFound)
	sent.want(t, getRequest, listRequest, getRequest, listRequest, getRequest, listRequest, getRequest, listRequest, getRequest)
}

// A 404 that is a web page may be of a proxy, and does not prove that the authorization is missing.
func TestGetAuthorization_webPage(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, webPage(http.StatusNotFound))
	err := get(t, c)
	wantError(t, err, "GET PREFIX/authorizations/1: 404 Not Found: the response is not JSON")
	wantIs(t, err, ErrNotJSON)
	sent.want(t, getRequest)
}

// Many reads at once read the list once.
func TestGetAuthorization_missingConcurrently(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]error{`[]`: ErrNotFound, `{"message":"Not Found"}`: ErrNotOffered} {
		status := http.StatusOK
		if want == ErrNotOffered { //nolint:errorlint // It is a key of the table.
			status = http.StatusNotFound
		}
		c, sent := serve(t, missing(reply(status, body)))
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { wantIs(t, get(t, c), want) })
		}
		wg.Wait()
		if n, m := sent.count(getRequest), sent.count(listRequest); n != 50 || m != 1 {
			t.Errorf("%d and %d requests, want 50 and 1", n, m)
		}
	}
}

// A call that waits for another call to read the list can be cancelled.
func TestGetAuthorization_waitingCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c, sent := serveInProcess(t, missing(func(w http.ResponseWriter, r *http.Request) {
			<-release
			reply(http.StatusOK, `[]`)(w, r)
		}), Config{})
		// This proves the credentials, so that the login gate admits both reads at once.
		wantIs(t, c.DeleteGrant(t.Context(), 1), ErrNotFound)
		start := func(ctx context.Context) <-chan error {
			result := make(chan error, 1)
			go func() {
				_, err := c.GetAuthorization(ctx, 1)
				result <- err
			}()
			synctest.Wait()
			return result
		}
		ctx, cancel := context.WithCancel(t.Context())
		first, second := start(t.Context()), start(ctx)
		sent.want(t, "DELETE /applications/grants/1 octocat:correct-horse", getRequest, listRequest, getRequest)
		cancel()
		synctest.Wait()
		if len(first) != 0 || len(second) != 1 {
			t.Fatalf("%d and %d of the calls have ended, want only the cancelled one", len(first), len(second))
		}
		wantCanceled(t, <-second)
		close(release)
		wantIs(t, <-first, ErrNotFound)
	})
}

func TestNotOffered_collections(t *testing.T) {
	t.Parallel()
	calls := map[string]func(*Client) error{
		"POST PREFIX/authorizations: ": func(c *Client) error {
			_, err := c.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
			return err
		},
		"GET PREFIX/authorizations: ":      func(c *Client) error { _, err := c.ListAuthorizations(t.Context(), ""); return err },
		"GET PREFIX/applications/grants: ": func(c *Client) error { _, err := c.ListGrants(t.Context(), ""); return err },
	}
	for request, call := range calls {
		for status, text := range map[int]string{http.StatusNotFound: "404 Not Found: ", http.StatusGone: "410 Gone: "} {
			c, _ := serve(t, reply(status, notFound))
			err := call(c)
			wantError(t, err, request+text+"\"Not Found\": this server does not offer the OAuth Authorizations API")
			wantIs(t, err, ErrNotOffered)
		}
		// A web page with the same status is not a response of the API.
		c, _ := serve(t, webPage(http.StatusNotFound))
		wantIs(t, call(c), ErrNotJSON)
	}
}

// A 404 to an update is about the authorization, not about the API.
func TestNotFound_update(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, reply(http.StatusNotFound, notFound))
	_, err := c.UpdateAuthorization(t.Context(), 1, AuthorizationUpdate{})
	wantError(t, err, "PATCH PREFIX/authorizations/1: 404 Not Found: \"Not Found\"")
	wantIs(t, err, ErrNotFound)
	sent.want(t, "PATCH /authorizations/1 octocat:correct-horse {}")
}

// A response without a type that is not JSON is not of the API, so that a 404 does not confirm that an
// authorization is deleted.
func TestNotFound_untyped(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil // Otherwise net/http would guess it.
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<h1>404 page not found</h1>"))
	})
	wantIs(t, c.DeleteAuthorization(t.Context(), 1), ErrNotJSON)
}
