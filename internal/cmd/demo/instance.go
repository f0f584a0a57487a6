package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// authorizations is the path of the API's collection.
const authorizations = "/api/v3/authorizations"

func path(id int64) string { return fmt.Sprintf("%s/%d", authorizations, id) }

// instance is a simulated server, on a loopback port, with one user and one app.
type instance struct {
	*ghessim.Server
	url, user, password string
	app                 ghessim.App

	server *http.Server
	served chan error
}

func newInstance(ctx context.Context) (*instance, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	i := &instance{user: "octocat", password: rand.Text(), url: "http://" + listener.Addr().String(), served: make(chan error, 1)}
	i.app = ghessim.App{ClientID: "1234567890abcdefghij", ClientSecret: rand.Text(), Name: "Builders", URL: "https://builders.example.com"}
	i.Server = ghessim.New(ghessim.Options{Users: []ghessim.User{{Login: i.user, Password: i.password}}, Apps: []ghessim.App{i.app}})
	i.server = &http.Server{Handler: i.Server, ReadHeaderTimeout: 5 * time.Second}
	go func() { i.served <- i.server.Serve(listener) }()
	return i, nil
}

// close ends the server at once: whoever talked to it has ended before.
func (i *instance) close() error {
	err := i.server.Close()
	if served := <-i.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// someone sends a request as a person with curl would, shows it, and returns
// the number of the authorization that it was about.
func (d *demo) someone(ctx context.Context, method, path, body string) (int64, error) {
	d.say("\nSomeone sends, with the password of %s:\n\n", d.instance.user)
	d.say("%s%s %s\n%s%s\n", indent, method, path, indent, body)
	request, err := http.NewRequestWithContext(ctx, method, d.instance.url+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.SetBasicAuth(d.instance.user, d.instance.password)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return 0, fmt.Errorf("expected that someone can %s %s, found: %s", method, path, answer.Status)
	}
	d.say("%s%s\n", indent, answer.Status)
	var authorization struct{ ID int64 }
	err = json.NewDecoder(answer.Body).Decode(&authorization)
	return authorization.ID, err
}

// sent returns the requests since the beginning of the step.
func (d *demo) sent() []ghessim.Request { return d.instance.Requests()[d.mark:] }

// expectSent says that the provider sent exactly one request in this step.
func (d *demo) expectSent(claim, request string) error {
	sent := summary(fromProvider(d.sent()))
	return d.expect(sent == request, claim+": "+request, sent)
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

// alike compares what the configuration declares.
func alike(a, b ghessim.Authorization) bool { return describe(a) == describe(b) }

// describe is an authorization without its token.
func describe(a ghessim.Authorization) string {
	text := func(p *string) string {
		if p == nil {
			return "null"
		}
		return fmt.Sprintf("%q", *p)
	}
	return fmt.Sprintf("note %s, note_url %s, scopes %q", text(a.Note), text(a.NoteURL), slices.Sorted(slices.Values(a.Scopes)))
}
