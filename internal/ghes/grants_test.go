package ghes

import (
	"net/http"
	"reflect"
	"testing"
	"time"
)

func TestGetGrant(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want Grant
	}{
		"full": {
			`{"id":7,"url":"https://ghes.example.com/api/v3/applications/grants/7",
			"app":{"url":"https://example.com/demo","name":"Demo","client_id":"app"},
			"created_at":"2011-09-06T17:26:27Z","updated_at":"2011-09-06T20:39:23Z","scopes":["public_repo"],"user":{}}`,
			Grant{
				ID: 7, URL: "https://ghes.example.com/api/v3/applications/grants/7",
				App:       App{Name: "Demo", URL: "https://example.com/demo", ClientID: "app"},
				CreatedAt: time.Date(2011, time.September, 6, 17, 26, 27, 0, time.UTC),
				UpdatedAt: time.Date(2011, time.September, 6, 20, 39, 23, 0, time.UTC),
				Scopes:    []string{"public_repo"},
			},
		},
		"nulls": {`{"id":7,"url":null,"app":null,"created_at":null,"scopes":null}`, Grant{ID: 7}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, reply(http.StatusOK, test.body))
			g, err := c.GetGrant(t.Context(), 7)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*g, test.want) {
				t.Errorf("got %+v, want %+v", *g, test.want)
			}
			sent.want(t, "GET /applications/grants/7 octocat:correct-horse")
		})
	}
}

func TestGetGrant_wrongID(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, reply(http.StatusOK, `{"id":8}`))
	g, err := c.GetGrant(t.Context(), 7)
	if g != nil {
		t.Errorf("got %+v", g)
	}
	wantError(t, err, "GET PREFIX/applications/grants/7: 200 OK: the response is about a different authorization or grant than the request")
}

// Unlike that for an authorization, a 404 for a grant is not confirmed by the list.
func TestGetGrant_missing(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, reply(http.StatusNotFound, `{"message":"Not Found"}`))
	_, err := c.GetGrant(t.Context(), 7)
	wantError(t, err, "GET PREFIX/applications/grants/7: 404 Not Found: \"Not Found\"")
	wantIs(t, err, ErrNotFound)
	sent.want(t, "GET /applications/grants/7 octocat:correct-horse")
}

func TestListGrants(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, reply(http.StatusOK, `[{"id":9,"app":{"name":"Demo"}},{"id":3}]`))
	grants, err := c.ListGrants(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if want := []Grant{{ID: 3}, {ID: 9, App: App{Name: "Demo"}}}; !reflect.DeepEqual(grants, want) {
		t.Errorf("got %+v", grants)
	}
	if _, err = c.ListGrants(t.Context(), "a b&c"); err != nil {
		t.Error(err)
	}
	sent.want(t,
		"GET /applications/grants?page=1&per_page=100 octocat:correct-horse",
		"GET /applications/grants?client_id=a+b%26c&page=1&per_page=100 octocat:correct-horse")
}

func TestDeleteGrant(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, reply(http.StatusNoContent, ""))
	if err := c.DeleteGrant(t.Context(), 7); err != nil {
		t.Error(err)
	}
	sent.want(t, "DELETE /applications/grants/7 octocat:correct-horse")
}
