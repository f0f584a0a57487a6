package ghessim_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// updatable is an instance with authorizations of octocat's from 1 to 4, of which 3 and 4 are an app's, and 5, hubot's.
func updatable(t *testing.T, now *time.Time) *instance {
	t.Helper()
	i := start(t, ghessim.Options{Now: func() time.Time { return *now }})
	scopes := []string{"user", "repo"}
	i.AddAuthorization(ghessim.Authorization{Note: new("mine"), NoteURL: new("https://example.com/mine"), Scopes: scopes})
	i.AddAuthorization(ghessim.Authorization{Note: new("taken")})
	i.AddAuthorization(ghessim.Authorization{ClientID: clientID, Fingerprint: new("three")})
	i.AddAuthorization(ghessim.Authorization{ClientID: clientID, Fingerprint: new("four")})
	i.AddAuthorization(ghessim.Authorization{Note: new("theirs"), Login: "hubot"})
	return i
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ id, body, part string }{
		"nothing":                {"1", ``, `"updated_at":"2024-02-29T12:30:15Z","scopes":["user","repo"]`},
		"no change":              {"1", `{"note":"mine","scopes":["user","repo"]}`, `"updated_at":"2024-02-29T12:30:15Z"`},
		"add":                    {"1", `{"add_scopes":["gist","user"]}`, `"updated_at":"2024-02-29T13:30:15Z","scopes":["user","repo","gist"]`},
		"remove":                 {"1", `{"remove_scopes":["user","gist"]}`, `"scopes":["repo"]`},
		"remove all":             {"1", `{"remove_scopes":["user","repo"]}`, `"scopes":[]`},
		"replace":                {"1", `{"scopes":["gist","admin:org"]}`, `"scopes":["gist","admin:org"]`},
		"replace by none":        {"1", `{"scopes":[]}`, `"scopes":[]`},
		"scopes null":            {"1", `{"scopes":null}`, `"scopes":["user","repo"]`},
		"unknown key":            {"1", `{"rm_scopes":["user"]}`, `"scopes":["user","repo"]`},
		"note":                   {"1", `{"note":"new"}`, `"app":{"name":"new","url":"https://example.com/mine"`},
		"note_url":               {"1", `{"note_url":"https://example.com/new"}`, `"app":{"name":"mine","url":"https://example.com/new"`},
		"note_url null":          {"1", `{"note_url":null}`, `"note_url":null`},
		"note_url empty":         {"1", `{"note_url":""}`, `"note_url":""`},
		"fingerprint":            {"1", `{"fingerprint":"f"}`, `"fingerprint":"f"`},
		"fingerprint of an app":  {"3", `{"fingerprint":"new"}`, `"fingerprint":"new"`},
		"fingerprint null":       {"3", `{"fingerprint":null}`, `"fingerprint":null`},
		"fingerprint empty":      {"3", `{"fingerprint":""}`, `"fingerprint":null`},
		"fingerprint as it is":   {"3", `{"fingerprint":"three"}`, `"fingerprint":"three"`},
		"note of an app's":       {"3", `{"note":"taken"}`, `"app":{"name":"Demo","url":"https://example.com/demo","client_id":"demo-app"}`},
		"note of an app's, null": {"3", `{"note":null}`, `"note":null`},
	} {
		for _, method := range []string{"PATCH", "POST"} {
			t.Run(name+", "+method, func(t *testing.T) {
				t.Parallel()
				now := someday
				i := updatable(t, &now)
				now = now.Add(time.Hour)
				got := i.do(method, "/authorizations/"+c.id, c.body).want(200, c.part).want(200, `"token":"",`)
				for _, name := range []string{"Location", "Last-Modified"} {
					if value := got.header.Get(name); value != "" {
						t.Errorf("%s is %q", name, value)
					}
				}
				i.do("GET", "/authorizations/"+c.id, "").want(200, got.body)
			})
		}
	}
}

func TestUpdate_refuses(t *testing.T) {
	t.Parallel()
	const (
		taken  = `"code":"already_exists","field":"description"`
		none   = `"code":"missing_field","field":"description"`
		reused = `"code":"already_exists","field":"fingerprint"`
		form   = `"message":"Invalid request.\n\n`
	)
	now := someday
	i := updatable(t, &now)
	before := i.Authorizations()
	for name, c := range map[string]struct {
		id, body string
		status   int
		part     string
	}{
		"null list":         {"1", `{"add_scopes":null}`, 422, "value was: nil."},
		"two lists":         {"1", `{"scopes":[],"add_scopes":["gist"]}`, 422, form + "Only one of"},
		"other two lists":   {"1", `{"remove_scopes":["user"],"add_scopes":["gist"]}`, 422, form + "Only one of"},
		"wrong type":        {"1", `{"add_scopes":{}}`, 422, form},
		"note taken":        {"1", `{"note":"taken"}`, 422, taken},
		"note null":         {"1", `{"note":null}`, 422, none},
		"note empty":        {"1", `{"note":""}`, 422, none},
		"fingerprint taken": {"3", `{"fingerprint":"four"}`, 422, reused},
		"hubot's":           {"5", `{}`, 404, "Not Found"},
		"no such":           {"99", `{}`, 404, "Not Found"},
		"no number":         {"ci", `{}`, 404, "Not Found"},
	} {
		i.do("PATCH", "/authorizations/"+c.id, c.body).want(c.status, c.part)
		if !reflect.DeepEqual(before, i.Authorizations()) {
			t.Fatalf("%s: a refused request changed something", name)
		}
	}
}

func TestPruneScopes(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{PruneScopes: true})
	i.do("POST", "/authorizations", `{"note":"ci","scopes":["read:org","gist","admin:org","repo:status"]}`).
		want(201, `"scopes":["gist","admin:org","repo:status"]`)
	i.do("PATCH", "/authorizations/1", `{"add_scopes":["repo","user:email"]}`).
		want(200, `"scopes":["gist","admin:org","repo","user:email"]`)
	i.do("PATCH", "/authorizations/1", `{"scopes":["write:org","read:org"]}`).want(200, `"scopes":["write:org"]`)
}

func TestDelete(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	mine := i.AddAuthorization(ghessim.Authorization{Note: new("mine")})
	i.AddAuthorization(ghessim.Authorization{Note: new("theirs"), Login: "hubot"})

	i.do("DELETE", "/authorizations/2", "").want(404, "Not Found")
	got := i.do("DELETE", "/authorizations/1", "{}").want(204, "")
	if got.body != "" || got.header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("got %q of type %q", got.body, got.header.Get("Content-Type"))
	}
	i.do("DELETE", "/authorizations/1", "").want(404, "Not Found")
	i.do("GET", "/authorizations/1", "").want(404, "Not Found")
	i.do("PATCH", "/authorizations/1", "{}").want(404, "Not Found")
	i.do("GET", "/authorizations", "", header("Authorization", "token "+mine.Token)).want(401, "Bad credentials")
	// A number is not used again, and a note may be.
	i.do("POST", "/authorizations", `{"note":"mine"}`).want(201, `{"id":3,`)
}
