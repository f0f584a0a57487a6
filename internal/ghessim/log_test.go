package ghessim_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	i.do("POST", "/authorizations", `{"note":"ci"}`, header("X-Test", "1"))
	i.do("PUT", "/authorizations/clients/demo-app/a%20b%3F", `{}`)
	i.do("GET", "/authorizations?per_page=1&page=2", "")
	i.raw("GET", "/wrong", "")

	got := i.Requests()
	var lines []string
	for _, r := range got {
		lines = append(lines, fmt.Sprintf("%s %s %s %d", r.Method, r.Path, r.Body, r.Status))
	}
	want := []string{
		`POST /api/v3/authorizations {"note":"ci"} 201`,
		`PUT /api/v3/authorizations/clients/demo-app/a%20b%3F {} 422`,
		`GET /api/v3/authorizations?per_page=1&page=2  200`,
		`GET /wrong  403`,
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q", lines)
	}
	if got[0].Header.Get("X-Test") != "1" || !strings.HasPrefix(got[0].Header.Get("Authorization"), "Basic ") {
		t.Errorf("header %v", got[0].Header)
	}
	got[0].Header.Set("X-Test", "2")
	if i.Requests()[0].Header.Get("X-Test") != "1" {
		t.Error("Requests does not return copies")
	}
	i.ClearRequests()
	if left := i.Requests(); len(left) != 0 {
		t.Errorf("ClearRequests left %v", left)
	}
}

func TestIntercept(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	i.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if requests := i.Requests(); requests[len(requests)-1].Status != 0 {
			t.Error("the request is not in the log, or not under way")
		}
		switch r.Header.Get("X-Fault") {
		case "503":
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "early hints":
			w.WriteHeader(http.StatusEarlyHints)
			next.ServeHTTP(w, r)
		case "half":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"id":`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case "silence":
		case "other body":
			r.Body = io.NopCloser(strings.NewReader(`{"note":"smuggled"}`))
			next.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
	i.do("GET", "/meta", "", header("X-Fault", "503")).want(503, "")
	i.do("GET", "/meta", "", header("X-Fault", "early hints")).want(200, "installed_version")
	i.do("GET", "/meta", "", header("X-Fault", "silence")).want(200, "")
	i.do("GET", "/meta", "").want(200, "installed_version")
	i.do("POST", "/authorizations", `{"note":"ci"}`, header("X-Fault", "other body")).want(201, `"note":"smuggled"`)
	i.broken("GET", "/meta", "", header("X-Fault", "half"))
	i.Intercept(nil)
	i.do("GET", "/meta", "", header("X-Fault", "503")).want(200, "installed_version")

	var statuses []int
	for _, r := range i.Requests() {
		statuses = append(statuses, r.Status)
	}
	if got := fmt.Sprint(statuses); got != "[503 200 200 200 201 0 200]" {
		t.Errorf("statuses are %s", got)
	}
}

// broken sends a request whose response must not arrive whole.
func (i *instance) broken(method, path, body string, options ...option) {
	i.t.Helper()
	req, err := http.NewRequestWithContext(i.t.Context(), method, i.url+"/api/v3"+path, strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	req.SetBasicAuth(login, password)
	for _, o := range options {
		o(req)
	}
	resp, err := new(http.Transport).RoundTrip(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	if read, err := io.ReadAll(resp.Body); err == nil {
		i.t.Errorf("%s %s was answered: %d %s", method, path, resp.StatusCode, read)
	}
}

// TestIntercept_actThenDrop loses responses after the server has acted, in each of the ways that a test may
// choose.
func TestIntercept_actThenDrop(t *testing.T) {
	t.Parallel()
	hijack := func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) { return w.(http.Hijacker).Hijack() } //nolint:forcetypeassert // what is tested
	control := func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
		return http.NewResponseController(w).Hijack()
	}
	drop := func(how func(http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error), w http.ResponseWriter) {
		conn, _, err := how(w)
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	}
	for name, intercept := range map[string]func(http.ResponseWriter, *http.Request, http.Handler){
		"hijack": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			drop(hijack, w)
		},
		"response controller": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			drop(control, w)
		},
		"written, then hijacked": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(w, r)
			drop(hijack, w)
		},
		"written, then aborted": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(w, r)
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := start(t, ghessim.Options{})
			i.Intercept(intercept)
			i.broken("POST", "/authorizations", `{"note":"lost"}`)
			i.Intercept(nil)
			i.do("POST", "/authorizations", `{"note":"lost"}`).want(422, "already_exists")
			if requests := i.Requests(); requests[0].Status != 0 || len(i.Authorizations()) != 1 {
				t.Errorf("status %d, authorizations %+v", requests[0].Status, i.Authorizations())
			}
		})
	}
}

// TestBrokenBody sends half a request: the server must not act on it.
func TestBrokenBody(t *testing.T) {
	t.Parallel()
	sim := ghessim.New(ghessim.Options{Users: []ghessim.User{{Login: login, Password: password}}})
	body := io.MultiReader(strings.NewReader(`{"note":"ci"}`), io.NewSectionReader(failing{}, 0, 1))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v3/authorizations", body)
	r.SetBasicAuth(login, password)
	r.Header.Set("User-Agent", "ghessim-test")
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || len(sim.Authorizations()) != 0 {
		t.Errorf("got %d, authorizations %+v", w.Code, sim.Authorizations())
	}
	if requests := sim.Requests(); len(requests) != 1 || requests[0].Status != 0 {
		t.Errorf("requests %+v", requests)
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, io.ErrUnexpectedEOF }
