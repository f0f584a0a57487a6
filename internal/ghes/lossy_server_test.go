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

	postLine = "POST /authorizations"
	putLine  = "PUT /authorizations/clients/" + appID
	listLine = "GET /authorizations?page=1&per_page=100"
)

func deleteLine(id int) string { return fmt.Sprintf("DELETE /authorizations/%d", id) }

// fault handles a request in the place of a server, which is next.
type fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// acted is a fault after the server has executed the request.
func acted(then fault) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		then(w, r, next)
	}
}

// dropped closes the connection without a response.
func dropped(w http.ResponseWriter, r *http.Request, _ http.Handler) { drop(w, r) }

// always responds with a status and a body.
func always(status int, body string) fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) { reply(status, body)(w, r) }
}

// withBody replaces the body of the server's response to a create. In body, ID stands for the ID of
// the authorization.
func withBody(body string) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := httptest.NewRecorder()
		next.ServeHTTP(whole, r)
		location := whole.Header().Get("Location")
		id := location[strings.LastIndex(location, "/")+1:]
		reply(whole.Code, strings.ReplaceAll(body, "ID", id), "Location", location)(w, r)
	}
}

// withoutDate removes the Date header from the server's response.
func withoutDate(w http.ResponseWriter, r *http.Request, next http.Handler) {
	whole := httptest.NewRecorder()
	next.ServeHTTP(whole, r)
	w.Header()["Date"] = nil
	reply(whole.Code, whole.Body.String())(w, r)
}

// lossyServer is a simulated server whose requests and responses get lost, with a client.
type lossyServer struct {
	*ghessim.Server
	client *Client

	mu      sync.Mutex
	creates int
	faults  map[int]fault // of the first, second and further creates; 0 is for those that have none
	lists   fault
	deletes fault
}

// newLossyServer starts a server whose clock is ahead of this machine's, in a synctest bubble. The client
// makes 4 retries, unless cfg says otherwise.
func newLossyServer(t *testing.T, ahead time.Duration, cfg Config) *lossyServer {
	t.Helper()
	time.Sleep(600 * time.Millisecond) // A bubble begins at a full second, and the server's times have no fraction.
	if cfg.MaxRetries == 0 {
		cfg.MaxRetries = 4
	}
	cfg.MaxWait = time.Minute
	s := simulate(ahead)
	s.client = connectInProcess(t, http.StripPrefix("/prefix", s), cfg)
	return s
}

// simulate returns a server without a client.
func simulate(ahead time.Duration) *lossyServer {
	s := &lossyServer{faults: map[int]fault{}}
	s.Server = ghessim.New(ghessim.Options{
		Now:   func() time.Time { return time.Now().Add(ahead) },
		Users: []ghessim.User{{Login: "octocat", Password: "correct-horse"}},
		Apps:  []ghessim.App{{ClientID: appID, ClientSecret: appSecret}},
	})
	s.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		s.fault(r.Method)(w, r, next)
	})
	return s
}

// fault returns the fault of the next request with a method.
func (s *lossyServer) fault(method string) fault {
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

// wantSent checks all requests that the server received.
func (s *lossyServer) wantSent(t *testing.T, want ...string) {
	t.Helper()
	var sent []string
	for _, r := range s.Requests() {
		sent = append(sent, r.Method+" "+strings.TrimPrefix(r.Path, "/api/v3"))
	}
	if !slices.Equal(sent, want) {
		t.Errorf("the server received\n%s\nwant\n%s", strings.Join(sent, "\n"), strings.Join(want, "\n"))
	}
}

// wantOnly checks that a is the only authorization on the server, and has its token.
func (s *lossyServer) wantOnly(t *testing.T, a *Authorization, err error) {
	t.Helper()
	all := s.Authorizations()
	if err != nil || a == nil || len(all) != 1 || all[0].ID != a.ID || all[0].Token != a.Token || a.Token == "" {
		t.Errorf("got %+v, error %v; the server has %+v", a, err, all)
	}
}
