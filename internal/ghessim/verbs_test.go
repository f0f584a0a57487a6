package ghessim_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func TestAddAuthorization(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	filled := i.AddAuthorization(ghessim.Authorization{Note: new("ci")})
	wantFilled := ghessim.Authorization{
		ID: 1, Login: login, Note: new("ci"), Scopes: []string{}, Token: filled.Token, CreatedAt: someday, UpdatedAt: someday,
	}
	if filled.Token == "" || !reflect.DeepEqual(filled, wantFilled) {
		t.Errorf("filled in: %+v", filled)
	}
	created := time.Date(2014, 8, 1, 2, 3, 4, 5, time.FixedZone("", 3600))
	given := ghessim.Authorization{
		ID: 7, Login: "hubot", ClientID: "elsewhere", Note: new("n"), NoteURL: new("u"), Fingerprint: new("f"),
		Scopes: []string{"repo"}, Token: "made-up", CreatedAt: created, ExpiresAt: new(someday.Add(time.Hour)),
	}
	kept, wantKept := i.AddAuthorization(given), given
	wantKept.UpdatedAt = created
	if !reflect.DeepEqual(kept, wantKept) {
		t.Errorf("kept: %+v", kept)
	}
	i.do("GET", "/authorizations/7", "", basic("hubot", "wrong-horse")).
		want(200, `"created_at":"2014-08-01T01:03:04Z","updated_at":"2014-08-01T01:03:04Z","scopes":["repo"],"fingerprint":"f","expires_at":"2024-02-29T13:30:15Z"}`).
		want(200, `"app":{"name":"elsewhere","url":"https://example.com","client_id":"elsewhere"}`)
	if next := i.AddAuthorization(ghessim.Authorization{}); next.ID != 8 {
		t.Errorf("the next number is %d", next.ID)
	}
	if all := i.Authorizations(); len(all) != 3 || !reflect.DeepEqual(all[:2], []ghessim.Authorization{filled, kept}) {
		t.Errorf("Authorizations: %+v", all)
	}
}

func TestAuthorizationsAreCopies(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	note, scopes := "ci", []string{"repo"}
	added := i.AddAuthorization(ghessim.Authorization{Note: &note, Scopes: scopes})
	note, scopes[0] = "changed", "changed"
	*added.Note, added.Scopes[0] = "changed", "changed"
	var kept *ghessim.Authorization
	i.EditAuthorization(1, func(a *ghessim.Authorization) { kept = a })
	*kept.Note, kept.Scopes[0] = "changed", "changed"
	for _, a := range i.Authorizations() {
		*a.Note, a.Scopes[0] = "changed", "changed"
	}
	if a, ok := i.Authorization(1); !ok || *a.Note != "ci" || a.Scopes[0] != "repo" {
		t.Errorf("got %q %q", *a.Note, a.Scopes)
	}
}

func TestEditAndReset(t *testing.T) {
	t.Parallel()
	now := someday
	i := start(t, ghessim.Options{Now: func() time.Time { return now }})
	added := i.AddAuthorization(ghessim.Authorization{Note: new("ci"), ClientID: clientID})

	now = now.Add(time.Hour)
	edit := func(a *ghessim.Authorization) { a.ID, a.Note, a.Scopes = 9, new("new"), []string{"gist"} }
	if !i.EditAuthorization(1, edit) || i.EditAuthorization(2, edit) {
		t.Error("EditAuthorization reports the wrong ones")
	}
	i.do("GET", "/authorizations/1", "").want(200, `"note":"new"`).want(200, `"updated_at":"2024-02-29T13:30:15Z","scopes":["gist"]`)
	i.do("GET", "/applications/grants/1", "").want(200, `"scopes":["gist"]`)

	now = now.Add(time.Hour)
	token, ok := i.ResetToken(1)
	if _, other := i.ResetToken(2); !ok || other || token == added.Token {
		t.Errorf("ResetToken gave %q, %t; another %t", token, ok, other)
	}
	hash := sha256.Sum256([]byte(token))
	i.do("GET", "/authorizations/1", "").want(200, `"hashed_token":"`+hex.EncodeToString(hash[:])).
		want(200, `"created_at":"2024-02-29T12:30:15Z","updated_at":"2024-02-29T14:30:15Z"`)

	if !i.RevokeAuthorization(1) || i.RevokeAuthorization(1) {
		t.Error("RevokeAuthorization reports the wrong one")
	}
	if _, ok := i.Authorization(1); ok {
		t.Error("it is still there")
	}
	i.do("GET", "/authorizations/1", "").want(404, "Not Found")
}

func TestGrantVerbs(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	grant := func(id int64, login, clientID string, scopes ...string) ghessim.Grant {
		return ghessim.Grant{ID: id, Login: login, ClientID: clientID, Scopes: append([]string{}, scopes...), CreatedAt: someday, UpdatedAt: someday}
	}
	got := []ghessim.Grant{
		i.AddGrant(ghessim.Grant{ClientID: clientID, Scopes: []string{"repo"}}),
		i.AddGrant(ghessim.Grant{ClientID: clientID, Scopes: []string{"gist"}}),
		i.AddGrant(ghessim.Grant{ID: 5, ClientID: "elsewhere", Login: "hubot"}),
	}
	first, widened, other := grant(1, login, clientID, "repo"), grant(1, login, clientID, "repo", "gist"), grant(5, "hubot", "elsewhere")
	if want := []ghessim.Grant{first, widened, other}; !reflect.DeepEqual(got, want) {
		t.Errorf("AddGrant returns %+v, want %+v", got, want)
	}
	i.AddAuthorization(ghessim.Authorization{ClientID: clientID})
	if grants, want := i.Grants(), []ghessim.Grant{widened, other}; !reflect.DeepEqual(grants, want) {
		t.Errorf("Grants: %+v, want %+v", grants, want)
	}
	if !i.RevokeGrant(1) || i.RevokeGrant(1) {
		t.Error("RevokeGrant reports the wrong one")
	}
	if grants, authorizations := i.Grants(), i.Authorizations(); !reflect.DeepEqual(grants, []ghessim.Grant{other}) || len(authorizations) != 0 {
		t.Errorf("after RevokeGrant: %+v, %+v", grants, authorizations)
	}
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	var group sync.WaitGroup
	for n := range 20 {
		group.Go(func() {
			id := decode[authorization](i.do("POST", "/authorizations", fmt.Sprintf(`{"note":"%d"}`, n))).ID
			path := fmt.Sprintf("/authorizations/%d", id)
			i.EditAuthorization(id, func(a *ghessim.Authorization) { a.Scopes = append(a.Scopes, "repo") })
			i.do("PATCH", path, `{"add_scopes":["gist"]}`)
			i.do("PUT", app, `{"client_secret":"battery-staple"}`)
			i.do("GET", "/authorizations", "")
			i.Intercept(nil)
			i.Authorizations()
			i.Grants()
			i.Requests()
			i.do("DELETE", path, "").want(204, "")
		})
	}
	group.Wait()
	if left := i.Authorizations(); len(left) != 1 || left[0].ClientID != clientID {
		t.Errorf("left are %+v", left)
	}
	if requests := i.Requests(); len(requests) != 100 {
		t.Errorf("%d requests were logged", len(requests))
	}
}
