package ghessim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// FuzzServer sends a script of requests, one in a line: method, path and body. Each of
// them gets a response of a known form.
func FuzzServer(f *testing.F) {
	const app = `"client_secret":"` + secret + `"`
	for _, script := range []string{
		"POST /api/v3/authorizations {\"note\":\"ci\",\"scopes\":[\"repo\"]}\nGET /api/v3/authorizations/1\nPATCH /api/v3/authorizations/1 {\"add_scopes\":[\"gist\"],\"note_url\":null}\nDELETE /api/v3/authorizations/1\nGET /api/v3/authorizations/1",
		"POST /api/v3/authorizations {\"note\":\"ci\"}\nPOST /api/v3/authorizations {\"note\":\"ci\"}\nPOST /api/v3/authorizations/1 {\"note\":\"\"}",
		"PUT /api/v3/authorizations/clients/" + clientID + "/a%20b {" + app + "}\nPUT /api/v3/authorizations/clients/" + clientID + "/a%20b {" + app + "}\nPUT /api/v3/authorizations/clients/" + clientID + " {" + app + ",\"fingerprint\":\"x\"}\nGET /api/v3/applications/grants\nDELETE /api/v3/applications/grants/1",
		"POST /api/v3/authorizations {\"client_id\":\"" + clientID + "\"," + app + "}\nPATCH /api/v3/authorizations/1 {\"fingerprint\":\"a\"}",
		"POST /api/v3/authorizations {\"note\":\"a\"}\nPOST /api/v3/authorizations {\"note\":\"b\"}\nGET /api/v3/authorizations?per_page=1&page=2&client_id=%zz\nHEAD /api/v3/authorizations?page=-1",
		"GET /api/v3/meta\nGET /api/v3\nGET /api/v3/\nGET /\nGET /api/v3/x/../authorizations\nOPTIONS *\nTRACE /api/v3//meta",
		"POST /api/v3/authorizations [\nPOST /api/v3/authorizations null\nPATCH /api/v3/authorizations {}\nPUT /api/v3/authorizations/clients/%2F/%2e%2e {\"scopes\":[1,null,\"a\"],\"note\":{}}",
	} {
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script string) {
		sim := ghessim.New(ghessim.Options{
			Users: []ghessim.User{{Login: login, Password: password}},
			Apps:  []ghessim.App{{ClientID: clientID, ClientSecret: secret}},
		})
		for line := range strings.Lines(script) {
			method, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			path, body, _ := strings.Cut(rest, " ")
			req, err := http.NewRequestWithContext(t.Context(), method, "http://ghes.example.com", strings.NewReader(body))
			if err != nil {
				continue
			}
			if req.URL, err = req.URL.Parse(path); err != nil {
				continue
			}
			req.Header.Set("User-Agent", "ghessim-test")
			req.SetBasicAuth(login, password)
			recorded := httptest.NewRecorder()
			sim.ServeHTTP(recorded, req)
			checkForm(t, line, recorded)
		}
		checkStored(t, sim)
	})
}

// checkForm checks that a response has one of the known forms.
func checkForm(t *testing.T, line string, a *httptest.ResponseRecorder) {
	t.Helper()
	if !slices.Contains([]int{200, 201, 204, 400, 403, 404, 413, 422, 501}, a.Code) {
		t.Errorf("%q: status %d", line, a.Code)
	}
	isPage := a.Code == http.StatusForbidden
	switch body := a.Body.Bytes(); {
	case a.Code == http.StatusNoContent:
		if len(body) > 0 {
			t.Errorf("%q: a 204 with %q", line, body)
		}
	case !isPage && !json.Valid(body):
		t.Errorf("%q: a %d with %q", line, a.Code, body)
	case isPage != strings.HasPrefix(a.Header().Get("Content-Type"), "text/html"):
		t.Errorf("%q: a %d of type %q", line, a.Code, a.Header().Get("Content-Type"))
	case a.Code != http.StatusCreated && strings.Contains(a.Body.String(), `"token":"gh`):
		t.Errorf("%q: a %d with %s", line, a.Code, body)
	}
}

// checkStored checks the state of the server after any requests. Each personal access
// token has a note of its own. There is one token for an app and fingerprint, and a
// grant for each app with a token.
func checkStored(t *testing.T, sim *ghessim.Server) {
	t.Helper()
	granted, seen := map[string]bool{}, map[string]bool{}
	for _, g := range sim.Grants() {
		if granted[g.ClientID] {
			t.Errorf("two grants for %q", g.ClientID)
		}
		granted[g.ClientID] = true
	}
	for _, a := range sim.Authorizations() {
		unique := "note " + value(a.Note)
		if a.ClientID != "" {
			unique = "fingerprint " + value(a.Fingerprint)
		}
		if a.Token == "" || seen[a.Token] || seen[unique] || unique == "note " || a.ClientID != "" && !granted[a.ClientID] {
			t.Errorf("the server has %+v, with %s", a, unique)
		}
		seen[a.Token], seen[unique] = true, true
	}
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
