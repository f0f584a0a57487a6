package ghes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// After a lost request or response there is one authorization in the end, and the client has its token.
func TestCreate_lost(t *testing.T) {
	t.Parallel()
	again := []string{postLine, listLine, deleteLine(1), postLine}
	for name, test := range map[string]struct {
		faults map[int]fault
		want   []string
	}{
		"nothing":              {nil, []string{postLine}},
		"response":             {map[int]fault{1: acted(dropped)}, again},
		"request":              {map[int]fault{1: dropped}, []string{postLine, listLine, postLine}},
		"500":                  {map[int]fault{1: acted(always(500, `{}`))}, again},
		"502":                  {map[int]fault{1: acted(always(502, `<p>`))}, again},
		"503":                  {map[int]fault{1: acted(always(503, `{}`))}, again},
		"503, not acted on":    {map[int]fault{1: always(503, `{}`)}, []string{postLine, listLine, postLine}},
		"504":                  {map[int]fault{1: acted(always(504, `{}`))}, again},
		"cut short":            {map[int]fault{1: withBody(`{"id":ID,"token":"ghp_`)}, again},
		"not JSON":             {map[int]fault{1: withBody(`<p>`)}, again},
		"empty":                {map[int]fault{1: withBody(``)}, again},
		"malformed token":      {map[int]fault{1: withBody(`{"id":ID,"token":5}`)}, again},
		"malformed ID":         {map[int]fault{1: withBody(`{"id":"ID","token":"made-up"}`)}, again},
		"no ID":                {map[int]fault{1: withBody(`{"token":"made-up"}`)}, again},
		"undocumented status":  {map[int]fault{1: acted(always(202, `{}`))}, again},
		"two responses":        {map[int]fault{1: acted(dropped), 2: acted(dropped)}, []string{postLine, listLine, deleteLine(1), postLine, listLine, deleteLine(2), postLine}},
		"request and response": {map[int]fault{1: dropped, 2: acted(dropped)}, []string{postLine, listLine, postLine, listLine, deleteLine(1), postLine}},
	} {
		// The server's clock may differ from this machine's.
		for _, ahead := range []time.Duration{0, time.Hour, -time.Hour} {
			t.Run(fmt.Sprint(name, ahead), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newLossyServer(t, ahead, Config{})
					if ahead < 0 { // Only an earlier create shows that the server's clock is behind.
						s.client.creations.learn(time.Now().Add(ahead), time.Now(), time.Now())
					}
					s.faults = test.faults
					a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci", NoteURL: "u", Scopes: []string{"repo", "gist"}})
					s.wantOnly(t, a, err)
					s.wantSent(t, test.want...)
				})
			})
		}
	}
}

// The same holds for both routes for apps.
func TestCreate_lostApp(t *testing.T) {
	t.Parallel()
	in := AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Note: "ci"}
	for name, test := range map[string]struct {
		path   string
		create func(context.Context, *Client) (*Authorization, error)
	}{
		"post": {postLine, func(ctx context.Context, c *Client) (*Authorization, error) { return c.CreateAuthorization(ctx, in) }},
		"put": {putLine, func(ctx context.Context, c *Client) (*Authorization, error) {
			a, _, err := c.GetOrCreateAuthorization(ctx, in)
			return a, err
		}},
		"put with a fingerprint": {putLine + "/laptop", func(ctx context.Context, c *Client) (*Authorization, error) {
			in := in
			in.Fingerprint = "laptop"
			a, created, err := c.GetOrCreateAuthorization(ctx, in)
			if !created {
				t.Error("found, want created")
			}
			return a, err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newLossyServer(t, 0, Config{})
				s.faults[1] = acted(dropped)
				a, err := test.create(t.Context(), s.client)
				s.wantOnly(t, a, err)
				s.wantSent(t, test.path, "GET /authorizations?client_id="+appID+"&page=1&per_page=100", deleteLine(1), test.path)
			})
		})
	}
}

// After a lost response, an equal authorization that existed before is not deleted. It is not adopted or
// reported as somebody else's either, since nothing proves whose it is.
func TestCreate_lostExisting(t *testing.T) {
	t.Parallel()
	for name, existing := range map[string]ghessim.Authorization{
		"equal":        {},
		"other scopes": {Scopes: []string{"gist"}},
		"other URL":    {NoteURL: new("elsewhere")},
	} {
		for _, ahead := range []time.Duration{0, time.Hour, -time.Hour} {
			t.Run(fmt.Sprint(name, ahead), func(t *testing.T) {
				t.Parallel()
				age := 3 * time.Second
				if name != "equal" {
					age = -time.Second
				}
				synctest.Test(t, func(t *testing.T) { checkExisting(t, ahead, age, existing) })
			})
		}
	}
}

// checkExisting loses the request of a create, and the response of another one, on servers that have an
// existing authorization of that age.
func checkExisting(t *testing.T, ahead, age time.Duration, existing ghessim.Authorization) {
	t.Helper()
	personal, app := newLossyServer(t, ahead, Config{}), newLossyServer(t, ahead, Config{})
	existing.Note, existing.CreatedAt = new("ci"), time.Now().Add(ahead-age)
	before := personal.AddAuthorization(existing)
	existing.ClientID = appID
	app.AddAuthorization(existing)

	personal.faults[1] = dropped
	_, err := personal.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci"})
	wantLeftBehind(t, err, 1)
	personal.wantSent(t, postLine, listLine)
	if after := personal.Authorizations(); len(after) != 1 || after[0].Token != before.Token {
		t.Errorf("the server has %+v", after)
	}

	app.faults[1] = acted(dropped)
	a, _, err := app.client.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Note: "ci"})
	wantLeftBehind(t, err, 1)
	if a != nil || len(app.Authorizations()) != 1 {
		t.Errorf("got %+v", a)
	}
}

// wantLeftBehind checks that an error names an authorization that may be left on the server, by its ID,
// or by another name if id is 0. The error must not be ErrAlreadyExists.
func wantLeftBehind(t *testing.T, err error, id int64) {
	t.Helper()
	left, ok := errors.AsType[*LeftBehindError](err)
	if !ok || left.ID != id || errors.Is(err, ErrAlreadyExists) || !strings.Contains(err.Error(), "may be left on the server") {
		t.Errorf("error %v, want one about authorization %d, which may be left behind", err, id)
	}
}

// A note that was generated for one create proves that the authorization is of that create.
func TestCreate_lostUnique(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLossyServer(t, 0, Config{})
		s.faults[1] = acted(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			s.EditAuthorization(1, func(a *ghessim.Authorization) { a.NoteURL = new("changed") })
			dropped(w, r, next)
		})
		s.lists = withoutDate
		a, err := s.client.CreateAuthorization(t.Context(), AuthorizationRequest{Note: "ci-abcdefghijkl", Unique: true})
		s.wantOnly(t, a, err)

		// An authorization with the same fingerprint and another note is not of that create.
		s = newLossyServer(t, 0, Config{})
		s.AddAuthorization(ghessim.Authorization{ClientID: appID, Fingerprint: new("laptop"), Note: new("other")})
		s.faults[1] = dropped
		in := AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Fingerprint: "laptop", Note: "ci-abcdefghijkl", Unique: true}
		if _, err = s.client.CreateAuthorization(t.Context(), in); !errors.Is(err, ErrAlreadyExists) {
			t.Errorf("error %v", err)
		}
		if n := len(s.Authorizations()); n != 1 {
			t.Errorf("%d authorizations", n)
		}
	})
}
