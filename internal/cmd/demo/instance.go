package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// authorizations is the path of the API's collection.
const authorizations = "/api/v3/authorizations"

func path(id int64) string { return fmt.Sprintf("%s/%d", authorizations, id) }

// instance is a simulated server with one user and one app.
type instance struct {
	*ghessim.Server
	url, user, password string
	app                 ghessim.App
	day                 atomic.Int64 // by how many days its clock is ahead

	server *httptest.Server
}

func newInstance() *instance {
	i := &instance{user: "octocat", password: rand.Text()}
	i.app = ghessim.App{ClientID: "1234567890abcdefghij", ClientSecret: rand.Text(), Name: "Builders", URL: "https://builders.example.com"}
	i.Server = ghessim.New(ghessim.Options{
		Users: []ghessim.User{{Login: i.user, Password: i.password}},
		Apps:  []ghessim.App{i.app},
		Now:   func() time.Time { return daysAhead(int(i.day.Load())) },
	})
	i.server = httptest.NewServer(i.Server)
	i.url = i.server.URL
	return i
}

// close ends the server at once: its clients have exited before.
func (i *instance) close() {
	i.server.CloseClientConnections()
	i.server.Close()
}

// send sends a request as a person with curl would.
func (d *demo) send(ctx context.Context, method, path, body, user, password string) *http.Response {
	request, err := http.NewRequestWithContext(ctx, method, d.instance.url+path, strings.NewReader(body))
	d.check(err)
	request.SetBasicAuth(user, password)
	response, err := http.DefaultClient.Do(request)
	d.check(err)
	return response
}

// someone changes something on the server, and returns the ID in the response.
func (d *demo) someone(ctx context.Context, method, path, body string) int64 {
	d.detail("\n")
	d.say("  Someone sends %s %s %s\n", method, path, body)
	response := d.send(ctx, method, path, body, d.instance.user, d.instance.password)
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		d.check(fmt.Errorf("expected that someone can %s %s, found: %s", method, path, response.Status))
	}
	var authorization struct{ ID int64 }
	d.check(json.NewDecoder(response.Body).Decode(&authorization))
	return authorization.ID
}

// sent returns the requests since the beginning of the step.
func (d *demo) sent() []ghessim.Request { return d.instance.Requests()[d.mark:] }

// expectSent says that the provider sent exactly one request in this step.
func (d *demo) expectSent(claim, request string) {
	sent := summary(fromProvider(d.sent()))
	d.expect(sent == request, claim+": "+request, sent)
}

// fromProvider leaves out what someone else sent.
func fromProvider(requests []ghessim.Request) []ghessim.Request {
	return slices.DeleteFunc(slices.Clone(requests), func(r ghessim.Request) bool {
		return !strings.HasPrefix(r.Header.Get("User-Agent"), "terraform-provider-ghes/")
	})
}

func summary(requests []ghessim.Request) string {
	var lines []string
	for _, r := range requests {
		lines = append(lines, r.Method+" "+r.Path)
	}
	return strings.Join(lines, ", ")
}

// describe is what the configuration declares of an authorization.
func describe(a ghessim.Authorization) string {
	declared, _ := json.Marshal([]any{a.Note, a.NoteURL, slices.Sorted(slices.Values(a.Scopes))}) // strings can be encoded
	return string(declared)
}
