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
	if filled.ID != 1 || filled.Login != login || filled.Token == "" || filled.Scopes == nil ||
		!filled.CreatedAt.Equal(someday) || !filled.UpdatedAt.Equal(someday) {
		t.Errorf("filled in: %+v", filled)
	}
	created := time.Date(2014, 8, 1, 2, 3, 4, 5, time.FixedZone("", 3600))
	kept := i.AddAuthorization(ghessim.Authorization{
		ID: 7, Login: "hubot", ClientID: "elsewhere", Note: new("n"), NoteURL: new("u"), Fingerprint: new("f"),
		Scopes: []string{"repo"}, Token: "made-up", CreatedAt: created, ExpiresAt: new(someday.Add(time.Hour)),
	})
	if !kept.UpdatedAt.Equal(created) || kept.Token != "made-up" || kept.ID != 7 {
		t.Errorf("kept: %+v", kept)
	}
	i.do("GET", "/authorizations/7", "", basic("hubot", "wrong-horse")).
		want(200, `"created_at":"2014-08-01T01:03:04Z","updated_at":"2014-08-01T01:03:04Z","scopes":["repo"],"fingerprint":"f","expires_at":"2024-02-29T13:30:15Z"}`).
		want(200, `"app":{"name":"elsewhere","url":"https://example.com","client_id":"elsewhere"}`)
	if next := i.AddAuthorization(ghessim.Authorization{}); next.ID != 8 {
		t.Errorf("the next number is %d", next.ID)
	}
	if all := i.Authorizations(); len(all) != 3 || !reflect.DeepEqual(all[0], filled) || !reflect.DeepEqual(all[1], kept) {
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
	first := i.AddGrant(ghessim.Grant{ClientID: clientID, Scopes: []string{"repo"}})
	again := i.AddGrant(ghessim.Grant{ClientID: clientID, Scopes: []string{"gist"}})
	other := i.AddGrant(ghessim.Grant{ID: 5, ClientID: "elsewhere", Login: "hubot"})
	if first.ID != 1 || again.ID != 1 || other.ID != 5 || len(again.Scopes) != 2 || len(first.Scopes) != 1 {
		t.Errorf("got %+v, %+v, %+v", first, again, other)
	}
	i.AddAuthorization(ghessim.Authorization{ClientID: clientID})
	if grants := i.Grants(); len(grants) != 2 || grants[1].Login != "hubot" || grants[0].Login != login {
		t.Errorf("Grants: %+v", grants)
	}
	if !i.RevokeGrant(1) || i.RevokeGrant(1) || len(i.Authorizations()) != 0 || len(i.Grants()) != 1 {
		t.Errorf("after RevokeGrant: %+v, %+v", i.Grants(), i.Authorizations())
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
