package ghes

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const (
	appID, appSecret = "1234567890abcdefghij", "not-a-real-client-secret"

	post   = "POST /authorizations"
	put    = "PUT /authorizations/clients/" + appID
	search = "GET /authorizations?page=1&per_page=100"
)

// fault is what a server does with a request instead of its work, or besides it.
type fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// acted has the server do its work, before something on the way fails.
func acted(then fault) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		then(w, r, next)
	}
}

func dropped(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

func always(status int, body string) fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) { reply(status, body)(w, r) }
}

// told is the server's answer with another body, of which NUMBER stands for the number.
func told(body string) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := httptest.NewRecorder()
		next.ServeHTTP(whole, r)
		location := whole.Header().Get("Location")
		w.Header().Set("Location", location)
		reply(whole.Code, strings.ReplaceAll(body, "NUMBER", location[strings.LastIndex(location, "/")+1:]))(w, r)
	}
}

// lossy is a server on the way to which answers and requests get lost.
type lossy struct {
	*ghessim.Server
	client *Client

	mu      sync.Mutex
	creates int
	faults  map[int]fault // of the creates, by their order, and of all others where it is 0
	lists   fault
	deletes fault
}

// newLossy starts a server whose clock is ahead of this one's.
func newLossy(t *testing.T, ahead time.Duration, cfg Config) *lossy {
	t.Helper()
	s := &lossy{faults: map[int]fault{}}
	s.Server = ghessim.New(ghessim.Options{
		Now:   func() time.Time { return time.Now().Add(ahead) },
		Users: []ghessim.User{{Login: "octocat", Password: "correct-horse"}},
		Apps:  []ghessim.App{{ClientID: appID, ClientSecret: appSecret}},
	})
	s.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		s.fault(r.Method)(w, r, next)
	})
	server := httptest.NewServer(http.StripPrefix("/prefix", s))
	t.Cleanup(server.Close)
	if cfg.MaxRetries == 0 {
		cfg.MaxRetries = 4
	}
	cfg.MaxWait, cfg.Backoff = time.Minute, time.Millisecond
	s.client = connect(t, server, cfg)
	return s
}

// fault returns what befalls the next request of a method.
func (s *lossy) fault(method string) fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]fault{http.MethodGet: s.lists, http.MethodDelete: s.deletes}[method]
	if method == http.MethodPost || method == http.MethodPut {
		s.creates++
		if found = s.faults[s.creates]; found == nil {
			found = s.faults[0]
		}
	}
	if found == nil {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }
	}
	return found
}

// wantSent checks all that came.
func (s *lossy) wantSent(t *testing.T, want ...string) {
	t.Helper()
	var sent []string
	for _, r := range s.Requests() {
		sent = append(sent, r.Method+" "+strings.TrimPrefix(r.Path, "/api/v3"))
	}
	if !slices.Equal(sent, want) {
		t.Errorf("the server was sent\n%s\nwant\n%s", strings.Join(sent, "\n"), strings.Join(want, "\n"))
	}
}

// wantOne checks that a is all there is, and its token the server's.
func (s *lossy) wantOne(t *testing.T, a *Authorization, err error) {
	t.Helper()
	all := s.Authorizations()
	if err != nil || a == nil || len(all) != 1 || all[0].ID != a.ID || all[0].Token != a.Token || a.Token == "" {
		t.Errorf("got %+v, error %v; the server has %+v", a, err, all)
	}
}

func remove(id int) string { return fmt.Sprintf("DELETE /authorizations/%d", id) }

// undated is an answer that does not tell the server's time.
func undated(w http.ResponseWriter, r *http.Request, next http.Handler) {
	whole := httptest.NewRecorder()
	next.ServeHTTP(whole, r)
	w.Header()["Date"] = nil
	reply(whole.Code, whole.Body.String())(w, r)
}
