package ghessim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const (
	login    = "octocat"
	password = "correct-horse"
	clientID = "demo-app"
	secret   = "battery-staple"
)

// someday is when the tests' instances are.
var someday = time.Date(2024, time.February, 29, 12, 30, 15, 0, time.UTC)

// instance is a simulator on a real listener.
type instance struct {
	*ghessim.Server
	t   *testing.T
	url string
}

// start serves an instance with two users and two apps, unless the options say otherwise.
func start(t *testing.T, o ghessim.Options) *instance {
	t.Helper()
	if o.Users == nil {
		o.Users = []ghessim.User{{Login: login, Password: password}, {Login: "hubot", Password: "wrong-horse"}}
	}
	if o.Apps == nil {
		o.Apps = []ghessim.App{
			{ClientID: clientID, ClientSecret: secret, Name: "Demo", URL: "https://example.com/demo"},
			{ClientID: "other-app", ClientSecret: "other-staple", Name: "Other"},
		}
	}
	if o.Now == nil {
		o.Now = func() time.Time { return someday }
	}
	sim := ghessim.New(o)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return &instance{Server: sim, t: t, url: server.URL}
}

// readResponse is a response whose body has been read.
type readResponse struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// option changes a request before it is sent.
type option func(*http.Request)

func header(name, value string) option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func basic(login, password string) option {
	return func(r *http.Request) { r.SetBasicAuth(login, password) }
}

func anonymous(r *http.Request) { r.Header.Del("Authorization") }

// do sends a request below /api/v3, as octocat unless an option says otherwise.
func (i *instance) do(method, path, body string, options ...option) readResponse {
	i.t.Helper()
	return i.raw(method, "/api/v3"+path, body, options...)
}

func (i *instance) raw(method, path, body string, options ...option) readResponse {
	i.t.Helper()
	req, err := http.NewRequestWithContext(i.t.Context(), method, i.url+path, strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	req.Header.Set("User-Agent", "ghessim-test")
	req.SetBasicAuth(login, password)
	for _, o := range options {
		o(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // no redirect is followed
	if err != nil {
		i.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		i.t.Fatalf("%s %s: %v", method, path, err)
	}
	return readResponse{t: i.t, status: resp.StatusCode, header: resp.Header, body: string(read)}
}

// want checks the status and a part of the body.
func (a readResponse) want(status int, part string) readResponse {
	a.t.Helper()
	if a.status != status || !strings.Contains(a.body, part) {
		a.t.Errorf("got %d %s, want %d with %s", a.status, a.body, status, part)
	}
	return a
}

// decode reads the body as JSON.
func decode[T any](a readResponse) T {
	a.t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		a.t.Fatalf("%v in %q", err, a.body)
	}
	return v
}

// authorization is what the tests look at in a body.
type authorization struct {
	ID             int64
	URL            string
	App            struct{ Name, URL, ClientID string }
	Token          string
	HashedToken    string `json:"hashed_token"`
	TokenLastEight string `json:"token_last_eight"`
	Note           *string
	NoteURL        *string `json:"note_url"`
	CreatedAt      string  `json:"created_at"`
	UpdatedAt      string  `json:"updated_at"`
	Scopes         []string
	Fingerprint    *string
}

// contract is the path of a file of recordings or descriptions, which are not part of this repository.
func contract(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("GHES_CONTRACT_DIR")
	if dir == "" {
		t.Skip("GHES_CONTRACT_DIR is not set: it names the directory of the recordings and API descriptions")
	}
	file := filepath.Join(dir, name)
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	return file
}
