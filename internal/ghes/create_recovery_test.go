package ghes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// Whatever was lost, one authorization is there in the end, and its token here.
func TestLost(t *testing.T) {
	t.Parallel()
	again := []string{post, search, remove(1), post}
	for name, test := range map[string]struct {
		faults map[int]fault
		want   []string
	}{
		"nothing":             {nil, []string{post}},
		"answer":              {map[int]fault{1: acted(dropped)}, again},
		"request":             {map[int]fault{1: dropped}, []string{post, search, post}},
		"500":                 {map[int]fault{1: acted(always(500, `{}`))}, again},
		"502":                 {map[int]fault{1: acted(always(502, `<p>`))}, again},
		"503":                 {map[int]fault{1: acted(always(503, `{}`))}, again},
		"503, not acted on":   {map[int]fault{1: always(503, `{}`)}, []string{post, search, post}},
		"504":                 {map[int]fault{1: acted(always(504, `{}`))}, again},
		"cut short":           {map[int]fault{1: told(`{"id":NUMBER,"token":"ghp_`)}, again},
		"no JSON":             {map[int]fault{1: told(`<p>`)}, again},
		"empty":               {map[int]fault{1: told(``)}, again},
		"odd token":           {map[int]fault{1: told(`{"id":NUMBER,"token":5}`)}, again},
		"odd number":          {map[int]fault{1: told(`{"id":"NUMBER","token":"made-up"}`)}, again},
		"no number":           {map[int]fault{1: told(`{"token":"made-up"}`)}, again},
		"undocumented status": {map[int]fault{1: acted(always(202, `{}`))}, again},
		"two answers":         {map[int]fault{1: acted(dropped), 2: acted(dropped)}, []string{post, search, remove(1), post, search, remove(2), post}},
		"one of each":         {map[int]fault{1: dropped, 2: acted(dropped)}, []string{post, search, post, search, remove(1), post}},
	} {
		// A clock that differs changes nothing.
		for _, ahead := range []time.Duration{0, time.Hour, -time.Hour} {
			t.Run(fmt.Sprint(name, ahead), func(t *testing.T) {
				t.Parallel()
				s := newLossy(t, ahead, Config{})
				if ahead < 0 { // Nothing but an earlier create shows the clock that counts.
					s.client.creations.learn(time.Now().Add(ahead), time.Now(), time.Now())
				}
				s.faults = test.faults
				a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci", NoteURL: "u", Scopes: []string{"repo", "gist"}})
				s.wantOne(t, a, err)
				s.wantSent(t, test.want...)
			})
		}
	}
}

// The routes for apps lose nothing either.
func TestLost_app(t *testing.T) {
	t.Parallel()
	in := AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Note: "ci"}
	for name, test := range map[string]struct {
		path   string
		create func(context.Context, *Client) (*Authorization, error)
	}{
		"post": {post, func(ctx context.Context, c *Client) (*Authorization, error) { return c.CreateAuthorization(ctx, in) }},
		"put": {put, func(ctx context.Context, c *Client) (*Authorization, error) {
			a, _, err := c.GetOrCreateAuthorization(ctx, in)
			return a, err
		}},
		"put with a fingerprint": {put + "/laptop", func(ctx context.Context, c *Client) (*Authorization, error) {
			in := in
			in.Fingerprint = "laptop"
			a, created, err := c.GetOrCreateAuthorization(ctx, in)
			if !created {
				t.Error("it was there before")
			}
			return a, err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newLossy(t, 0, Config{})
			s.faults[1] = acted(dropped)
			a, err := test.create(t.Context(), s.client)
			s.wantOne(t, a, err)
			s.wantSent(t, test.path, "GET /authorizations?client_id="+appID+"&page=1&per_page=100", remove(1), test.path)
		})
	}
}

// An authorization that was there before is left alone, however alike. It is not
// adopted or reported as somebody else's either: the response to the create was lost.
func TestLost_existing(t *testing.T) {
	t.Parallel()
	for name, there := range map[string]ghessim.Authorization{
		"just made":    {},
		"other scopes": {Scopes: []string{"gist"}},
		"other URL":    {NoteURL: new("elsewhere")},
	} {
		for _, ahead := range []time.Duration{0, time.Hour, -time.Hour} {
			t.Run(fmt.Sprint(name, ahead), func(t *testing.T) {
				t.Parallel()
				there, now := there, time.Now().Add(ahead)
				personal, app := newLossy(t, ahead, Config{}), newLossy(t, ahead, Config{})
				there.CreatedAt = now.Add(-3 * time.Second)
				if name != "just made" {
					there.CreatedAt = now.Add(time.Second)
				}
				there.Note = new("ci")
				before := personal.AddAuthorization(there)
				there.ClientID = appID
				app.AddAuthorization(there)

				personal.faults[1] = dropped
				_, err := personal.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
				wantLeft(t, err, 1)
				personal.wantSent(t, post, search)
				if after := personal.Authorizations(); len(after) != 1 || after[0].Token != before.Token {
					t.Errorf("the server has %+v", after)
				}

				app.faults[1] = acted(dropped)
				a, _, err := app.client.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Note: "ci"})
				wantLeft(t, err, 1)
				if a != nil || len(app.Authorizations()) != 1 {
					t.Errorf("got %+v", a)
				}
			})
		}
	}
}

// wantLeft checks that an error says that an authorization may be left, with that ID
// or, if it is 0, with another name. It is not one about existing authorizations.
func wantLeft(t *testing.T, err error, id int64) {
	t.Helper()
	left, ok := errors.AsType[*LeftBehindError](err)
	if !ok || left.ID != id || errors.Is(err, ErrAlreadyExists) || !strings.Contains(err.Error(), "may be left on the server") {
		t.Errorf("error %v, want one about authorization %d, which may be left", err, id)
	}
}

// A note that is made for one request proves whose it is.
func TestLost_unique(t *testing.T) {
	t.Parallel()
	s := newLossy(t, 0, Config{})
	s.faults[1] = acted(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		s.EditAuthorization(1, func(a *ghessim.Authorization) { a.NoteURL = new("changed") })
		dropped(w, r, next)
	})
	s.lists = undated
	a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci-abcdefghijkl", Unique: true})
	s.wantOne(t, a, err)

	// It does not prove that for another note of the same fingerprint.
	s = newLossy(t, 0, Config{})
	s.AddAuthorization(ghessim.Authorization{ClientID: appID, Fingerprint: new("laptop"), Note: new("other")})
	s.faults[1] = dropped
	in := AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Fingerprint: "laptop", Note: "ci-abcdefghijkl", Unique: true}
	if _, err = s.client.CreateAuthorization(t.Context(), in); !errors.Is(err, ErrAlreadyExists) {
		t.Errorf("error %v", err)
	}
	if n := len(s.Authorizations()); n != 1 {
		t.Errorf("%d authorizations", n)
	}
}
