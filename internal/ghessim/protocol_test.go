package ghessim_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func TestRouting(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	for _, c := range []struct {
		method, path string
		status       int
		part         string
	}{
		{"GET", "/api/authorizations", 403, "Cookies must be enabled"},
		{"GET", "/authorizations", 403, "Cookies must be enabled"},
		{"GET", "/api/v3x", 403, "Cookies must be enabled"},
		{"GET", "/", 403, "Cookies must be enabled"},
		{"GET", "/api/v3/authorizations/", 404, "Not Found"},
		{"GET", "/api/v3/authorizations/1/", 404, "Not Found"},
		{"PUT", "/api/v3/authorizations/clients/demo-app/", 404, "Not Found"},
		{"GET", "/api/v3/", 404, "Not Found"},
		{"PATCH", "/api/v3/authorizations", 404, "Not Found"},
		{"GET", "/api/v3/authorizations/0x1", 404, "Not Found"},
		{"GET", "/api/v3/authorizations/99999999999999999999", 404, "Not Found"},
		{"GET", "/api/v3", 501, `{"message":"ghessim: no route for GET /api/v3"`},
		{"GET", "/api/v3/user", 501, `{"message":"ghessim: no route for GET /api/v3/user"`},
		{"DELETE", "/api/v3/authorizations", 501, `{"message":"ghessim: no route for DELETE /api/v3/authorizations"`},
		{"PUT", "/api/v3/authorizations/clients/a/b/c", 501, "no route for PUT /api/v3/authorizations/clients/a/b/c"},
		{"GET", "/api/v3//authorizations", 501, "no route"},
		{"GET", "/api/v3/x/../authorizations", 501, "no route"},
		{"GET", "/api/v3/authorizations%2F1", 501, "no route for GET /api/v3/authorizations%2F1"},
	} {
		got := i.raw(c.method, c.path, "").want(c.status, c.part)
		html := strings.HasPrefix(got.header.Get("Content-Type"), "text/html")
		if html != (c.status == 403) {
			t.Errorf("%s: Content-Type is %q", c.path, got.header.Get("Content-Type"))
		}
		if got.header.Get("X-GitHub-Request-Id") == "" {
			t.Errorf("%s: there is no X-GitHub-Request-Id", c.path)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	ids := map[string]bool{}
	for _, c := range []struct {
		method, path, body string
		status             int
		tag                string // a pattern
		modified           string
	}{
		{"POST", "/authorizations", `{"note":"ci"}`, 201, `^"[0-9a-f]{64}"$`, ""},
		{"GET", "/authorizations/1", ``, 200, `^W/"[0-9a-f]{64}"$`, "Thu, 29 Feb 2024 12:30:15 GMT"},
		{"GET", "/authorizations", ``, 200, `^W/"[0-9a-f]{64}"$`, ""},
		{"PATCH", "/authorizations/1", `{}`, 200, `^W/"[0-9a-f]{64}"$`, ""},
		{"POST", "/authorizations", ``, 422, `^$`, ""},
		{"POST", "/authorizations", `[`, 400, `^$`, ""},
		{"GET", "/authorizations/2", ``, 404, `^$`, ""},
		{"GET", "/user", ``, 501, `^$`, ""},
		{"DELETE", "/authorizations/1", ``, 204, `^$`, ""},
	} {
		h := i.do(c.method, c.path, c.body, header("Accept", "application/vnd.github+json")).want(c.status, "").header
		if !regexp.MustCompile(c.tag).MatchString(h.Get("ETag")) {
			t.Errorf("%s %s: ETag is %q", c.method, c.path, h.Get("ETag"))
		}
		if h.Get("Last-Modified") != c.modified {
			t.Errorf("%s %s: Last-Modified is %q", c.method, c.path, h.Get("Last-Modified"))
		}
		caching, vary := "private, max-age=60, s-maxage=60", "Accept, Authorization, Cookie, X-GitHub-OTP"
		if c.status > 201 {
			caching, vary = "", ""
		}
		if h.Get("Cache-Control") != caching || h.Get("Vary") != vary {
			t.Errorf("%s %s: Cache-Control %q, Vary %q", c.method, c.path, h.Get("Cache-Control"), h.Get("Vary"))
		}
		if id := h.Get("X-GitHub-Request-Id"); !uuid.MatchString(id) || ids[id] {
			t.Errorf("%s %s: X-GitHub-Request-Id is %q", c.method, c.path, id)
		}
		ids[h.Get("X-GitHub-Request-Id")] = true
		for name, want := range map[string]string{
			"X-GitHub-Media-Type": "github.v3; format=json", "X-GitHub-Enterprise-Version": "3.19.0",
			"X-RateLimit-Limit": "", "X-OAuth-Scopes": "", "Status": "",
		} {
			if h.Get(name) != want {
				t.Errorf("%s %s: %s is %q", c.method, c.path, name, h.Get(name))
			}
		}
	}
}

func TestMediaType(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	for accept, want := range map[string]string{
		"":                                     "unknown, github.v3",
		"*/*":                                  "unknown, github.v3",
		"application/vnd.github+json":          "github.v3; format=json",
		"application/vnd.github.v3+json":       "github.v3; format=json",
		"application/vnd.github.v3.full+json":  "github.v3; param=full; format=json",
		"application/vnd.github.beta+json; q=": "github.beta; format=json",
	} {
		if got := i.do("GET", "/meta", "", header("Accept", accept)).header.Get("X-GitHub-Media-Type"); got != want {
			t.Errorf("Accept %q: X-GitHub-Media-Type is %q, want %q", accept, got, want)
		}
	}
}

func TestConditionalGet(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	i.AddAuthorization(ghessim.Authorization{Note: new("ci")})
	one := i.do("GET", "/authorizations/1", "").header
	weak := one.Get("ETag")
	strong := strings.TrimPrefix(weak, "W/")
	for _, path := range []string{"/authorizations/1", "/authorizations"} {
		tag := i.do("GET", path, "").header.Get("ETag")
		for _, sent := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
			got := i.do("GET", path, "", header("If-None-Match", sent)).want(304, "")
			if got.body != "" || got.header.Get("ETag") != strings.TrimPrefix(tag, "W/") ||
				got.header.Get("Cache-Control") == "" || got.header.Get("Content-Type") != "" {
				t.Errorf("%s: 304 with %q and %v", path, got.body, got.header)
			}
			if got.header.Get("Last-Modified") != i.do("GET", path, "").header.Get("Last-Modified") {
				t.Errorf("%s: Last-Modified is %q", path, got.header.Get("Last-Modified"))
			}
		}
	}
	i.do("GET", "/authorizations/1", "", header("If-None-Match", `"other"`)).want(200, "")
	patched := i.do("PATCH", "/authorizations/1", "", header("If-None-Match", strong)).want(200, "")
	if patched.header.Get("ETag") == weak {
		t.Error("a PATCH has the ETag of a GET")
	}
	i.do("PATCH", "/authorizations/1", `{"note":"new"}`)
	i.do("GET", "/authorizations/1", "", header("If-None-Match", weak)).want(200, `"note":"new"`)
}

func TestCurl(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	curl := header("User-Agent", "curl/8.5.0")
	want := "{\n  \"verifiable_password_authentication\": true,\n  \"installed_version\": \"3.19.0\"\n}\n"
	if got := i.do("GET", "/meta", "", curl); got.body != want {
		t.Errorf("got %q", got.body)
	}
	i.do("GET", "/authorizations/1", "", curl).want(404, "{\n  \"message\": \"Not Found\",\n")
}

func TestEras(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ version, last, docs, status string }{
		{"2.14.3", `"fingerprint":null}`, "https://developer.github.com/enterprise/2.14/v3/oauth_authorizations/", "200 OK"},
		{"3.0.0", `"fingerprint":null}`, "https://docs.github.com/enterprise/3.0/rest", ""},
		{"3.1.0", `"fingerprint":null}`, "https://docs.github.com/enterprise/3.1/rest", ""},
		{"3.2.0", `"expires_at":null}`, "https://docs.github.com/enterprise/3.2/rest", ""},
		{"unknown", `"expires_at":null}`, "https://docs.github.com/rest", ""},
	} {
		i := start(t, ghessim.Options{Version: c.version})
		i.AddAuthorization(ghessim.Authorization{})
		got := i.do("GET", "/authorizations/1", "").want(200, c.last).want(200, `"app":{"name":"GitHub API","url":"`+c.docs+`"`)
		if status := got.header.Get("Status"); status != c.status {
			t.Errorf("%s: Status is %q", c.version, status)
		}
		i.do("GET", "/meta", "").want(200, `"installed_version":"`+c.version+`"`)
	}
	i := start(t, ghessim.Options{Version: "2.14.3"})
	i.do("POST", "/authorizations", "").
		want(422, `"documentation_url":"https://developer.github.com/enterprise/2.14/v3/oauth_authorizations/#create-a-new-authorization"`)
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	sim := ghessim.New(ghessim.Options{Users: []ghessim.User{{Login: login, Password: password}}})
	sim.AddAuthorization(ghessim.Authorization{Note: new("ci")})
	for _, base := range []string{"https://ghes.example.com", "http://ghes.example.com:8080"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, base+"/api/v3/authorizations/1", nil)
		r.SetBasicAuth(login, password)
		r.Header.Set("User-Agent", "ghessim-test")
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		if want := `"url":"` + base + `/api/v3/authorizations/1"`; !strings.Contains(w.Body.String(), want) {
			t.Errorf("got %s, want %s", w.Body, want)
		}
	}
}
