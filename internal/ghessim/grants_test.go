package ghessim_test

import (
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func TestGrants(t *testing.T) {
	t.Parallel()
	now := someday
	i := start(t, ghessim.Options{Now: func() time.Time { return now }})
	i.do("GET", "/applications/grants", "").want(200, "[]")
	i.do("POST", "/authorizations", `{"note":"personal","scopes":["repo"]}`).want(201, "")
	i.do("GET", "/applications/grants", "").want(200, "[]")

	i.do("PUT", app, `{"client_secret":"battery-staple","scopes":["repo"]}`).want(201, "")
	first := `{"id":1,"url":"` + i.url + `/api/v3/applications/grants/1",` +
		`"app":{"name":"Demo","url":"https://example.com/demo","client_id":"demo-app"},` +
		`"created_at":"2024-02-29T12:30:15Z","updated_at":"2024-02-29T12:30:15Z","scopes":["repo"]}`
	i.do("GET", "/applications/grants/1", "").want(200, first)
	i.do("GET", "/applications/grants", "").want(200, "["+first+"]")

	// One grant holds all of the app's tokens, and grows with their scopes.
	now = now.Add(time.Hour)
	i.do("PUT", app+"/f", `{"client_secret":"battery-staple","scopes":["gist","repo"]}`).want(201, "")
	const wider = `"created_at":"2024-02-29T12:30:15Z","updated_at":"2024-02-29T13:30:15Z","scopes":["repo","gist"`
	i.do("GET", "/applications/grants/1", "").want(200, wider+"]")
	i.do("PATCH", "/authorizations/3", `{"add_scopes":["user"]}`).want(200, "")
	i.do("GET", "/applications/grants/1", "").want(200, wider+`,"user"]`)

	// Revoking the tokens leaves the grant.
	i.do("DELETE", "/authorizations/2", "").want(204, "")
	i.do("DELETE", "/authorizations/3", "").want(204, "")
	i.do("GET", "/applications/grants/1", "").want(200, wider)
}

func TestGrants_delete(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	i.AddAuthorization(ghessim.Authorization{Note: new("personal")})
	i.AddAuthorization(ghessim.Authorization{ClientID: clientID})
	i.AddAuthorization(ghessim.Authorization{ClientID: clientID, Fingerprint: new("f")})
	i.AddAuthorization(ghessim.Authorization{ClientID: "other-app"})
	i.AddAuthorization(ghessim.Authorization{ClientID: clientID, Login: "hubot"})

	for _, path := range []string{"3", "99", "mine"} { // 3 is hubot's
		i.do("GET", "/applications/grants/"+path, "").want(404, "Not Found")
		i.do("DELETE", "/applications/grants/"+path, "").want(404, "Not Found")
	}
	i.do("DELETE", "/applications/grants/1", "").want(204, "")
	i.do("DELETE", "/applications/grants/1", "").want(404, "Not Found")
	i.do("GET", "/authorizations/2", "").want(404, "Not Found")
	i.do("GET", "/authorizations/3", "").want(404, "Not Found")
	var left []int64
	for _, a := range i.Authorizations() {
		left = append(left, a.ID)
	}
	if len(left) != 3 || left[0] != 1 || left[1] != 4 || left[2] != 5 {
		t.Errorf("left are %d", left)
	}
	// The next authorization is a new grant.
	i.do("PUT", app, `{"client_secret":"battery-staple"}`).want(201, "")
	i.do("GET", "/applications/grants?client_id=demo-app", "").want(200, `[{"id":4,`)
}

func TestGrants_pages(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]int{"3.0.0": 1, "2.22.0": 2} {
		i := start(t, ghessim.Options{Version: version})
		for _, client := range []string{"one", "two", "three"} {
			i.AddGrant(ghessim.Grant{ClientID: client})
		}
		got := i.do("GET", "/applications/grants?client_id=two&per_page=2", "").want(200, "")
		if grants := decode[[]map[string]any](got); len(grants) != want {
			t.Errorf("%s filters %d grants, want %d", version, len(grants), want)
		}
		i.do("GET", "/applications/grants?per_page=2&page=2", "").want(200, `[{"id":3,`)
	}
}
