package ghes

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	notFound = `{"message":"Not Found"}`
	getOne   = "GET /authorizations/1 octocat:correct-horse"
	askList  = "GET /authorizations?page=1&per_page=100 octocat:correct-horse"
	askMeta  = "GET /meta :" // without credentials
)

// missing answers 404 for every authorization and with list for the list.
func missing(list http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/authorizations") {
			list(w, r)
			return
		}
		reply(http.StatusNotFound, notFound)(w, r)
	}
}

// get asks for authorization 1 and returns the error.
func get(t *testing.T, c *Client) error {
	t.Helper()
	a, err := c.GetAuthorizationNow(t.Context(), 1)
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
		wantError(t, err, "GET PREFIX/authorizations/1: 404 Not Found: Not Found")
		wantIs(t, err, ErrNotFound)
	}
	sent.want(t, getOne, askList, getOne, getOne)
}

func TestGetAuthorization_listWasRead(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, missing(reply(http.StatusOK, `[]`)))
	if _, err := c.ListAuthorizations(t.Context(), "app"); err != nil {
		t.Fatal(err)
	}
	wantIs(t, get(t, c), ErrNotFound)
	sent.want(t, "GET /authorizations?client_id=app&page=1&per_page=100 octocat:correct-horse", getOne)
}

func TestGetAuthorization_notOffered(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		http.StatusNotFound: "GET PREFIX/authorizations: 404 Not Found: Not Found: this server does not offer the OAuth Authorizations API",
		http.StatusGone:     "GET PREFIX/authorizations: 410 Gone: Not Found: this server does not offer the OAuth Authorizations API",
	} {
		c, sent := serve(t, missing(reply(status, notFound)))
		for range 3 {
			err := get(t, c)
			wantError(t, err, want)
			wantIs(t, err, ErrNotOffered)
		}
		sent.want(t, getOne, askList, askMeta, getOne, getOne)
	}
}

// A list that does not tell is asked again, and its error is the answer.
func TestGetAuthorization_listFails(t *testing.T) {
	t.Parallel()
	answers := []http.HandlerFunc{
		reply(http.StatusInternalServerError, `{"message":"Server Error"}`),
		reply(http.StatusOK, `{}`),
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusNotFound)
		},
		reply(http.StatusOK, `[]`),
	}
	var asked atomic.Int64
	c, sent := serve(t, missing(func(w http.ResponseWriter, r *http.Request) { answers[asked.Add(1)-1](w, r) }))
	err := get(t, c)
	wantError(t, err, "GET PREFIX/authorizations: 500 Internal Server Error: Server Error")
	wantIs(t, err)
	err = get(t, c)
	wantError(t, err, "GET PREFIX/authorizations: 200 OK: the response is a JSON object, which the API does not document")
	wantIs(t, err)
	wantIs(t, get(t, c), ErrNotJSON)
	wantIs(t, get(t, c), ErrNotFound)
	wantIs(t, get(t, c), ErrNotFound)
	sent.want(t, getOne, askList, getOne, askList, getOne, askList, getOne, askList, getOne)
}

// A page of a proxy says nothing about an authorization.
func TestGetAuthorization_webPage(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
	})
	err := get(t, c)
	wantError(t, err, "GET PREFIX/authorizations/1: 404 Not Found: the response is not JSON")
	wantIs(t, err, ErrNotJSON)
	sent.want(t, getOne)
}

func TestGetAuthorization_missingAtOnce(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]error{`[]`: ErrNotFound, `{"message":"Not Found"}`: ErrNotOffered} {
		status := http.StatusOK
		if want == ErrNotOffered { //nolint:errorlint // It is that one.
			status = http.StatusNotFound
		}
		c, sent := serve(t, missing(reply(status, body)))
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { wantIs(t, get(t, c), want) })
		}
		wg.Wait()
		if n, m := sent.count(getOne), sent.count(askList); n != 50 || m != 1 {
			t.Errorf("%d and %d requests, want 50 and 1", n, m)
		}
	}
}

// Whoever waits for another call's question can be called off, too.
func TestGetAuthorization_waitingCancelled(t *testing.T) {
	t.Parallel()
	asked, release := make(chan bool), make(chan bool)
	c, _ := serve(t, missing(func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-release
		reply(http.StatusOK, `[]`)(w, r)
	}))
	var wg sync.WaitGroup
	wg.Go(func() { wantIs(t, get(t, c), ErrNotFound) })
	<-asked

	// This is where a second call is once its own 404 has come.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	result := make(chan error, 1)
	wg.Go(func() { result <- c.checkOffered(ctx) })
	select {
	case err := <-result:
		if err != context.Canceled { //nolint:errorlint // Nothing around it.
			t.Errorf("error %v", err)
		}
	case <-time.After(2 * time.Second):
		t.Error("the cancelled call still waits")
	}
	close(release)
	wg.Wait()
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
			wantError(t, err, request+text+"Not Found: this server does not offer the OAuth Authorizations API")
			wantIs(t, err, ErrNotOffered)
		}
		// A web page of the same status is not the API's word.
		c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusNotFound)
		})
		wantIs(t, call(c), ErrNotJSON)
	}
}

// The server that has one authorization fewer still has the API.
func TestNotFound_update(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, reply(http.StatusNotFound, notFound))
	_, err := c.UpdateAuthorization(t.Context(), 1, AuthorizationUpdate{})
	wantError(t, err, "PATCH PREFIX/authorizations/1: 404 Not Found: Not Found")
	wantIs(t, err, ErrNotFound)
	sent.want(t, "PATCH /authorizations/1 octocat:correct-horse {}")
}

// An answer that does not say what it is, and is not JSON, is none of the API:
// a deletion that it seems to confirm has not happened.
func TestNotFound_untyped(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil // net/http would guess
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<h1>404 page not found</h1>"))
	})
	wantIs(t, c.DeleteAuthorization(t.Context(), 1), ErrNotJSON)
}
