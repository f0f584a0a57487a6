// Package transport sends single requests to one server as one user: with credentials, retries,
// redirects within the server, and a limit for the size of responses.
package transport

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

// MaxBody is the size in bytes of the largest response that is read. A full page has about 80 KiB.
const MaxBody = 8 << 20

// Config says which server requests go to, as whom, and how.
type Config struct {
	BaseURL            *url.URL               // the root of the API, with a slash at its end
	Username, Password string                 // of the user
	Token              string                 // of a site administrator, sent instead of a username and a password
	OTP                func() (string, error) // returns a one-time code, once per attempt; nil sends none
	UserAgent          string                 // sent as it is
	Timeout            time.Duration          // of one attempt, with its redirects and the whole response; 0 is none
	RoundTripper       http.RoundTripper      // carries the requests
	Secrets            *redact.Secrets        // gets each one-time code before it is sent
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	config Config
	http   *http.Client
}

// New returns a client for cfg. It sends nothing.
func New(cfg Config) *Client {
	return &Client{cfg, &http.Client{Transport: &authTransport{cfg}, CheckRedirect: checkRedirect, Timeout: cfg.Timeout}}
}

// Request is a request to the server.
type Request struct {
	Method    string
	Path      string // relative to the root of the API, with escaped elements, and perhaps a query
	Object    string // what the request is about, for errors; not sent
	Body      any    // sent as JSON, unless it is nil
	Anonymous bool   // sends no credentials
}

// creates reports whether the request may create a token, which the server shows once. Such a
// request is sent again only if the server cannot have acted on it.
func (r Request) creates() bool { return r.Method == http.MethodPost || r.Method == http.MethodPut }

// Send sends a request until an attempt is final. It returns that and what is left of the budget.
func (c *Client) Send(ctx context.Context, r Request, budget Budget) (Attempt, Budget) {
	for number := 1; ; number++ {
		a := c.sendOnce(ctx, r)
		a.Number = number
		wait, ok := retry(r, a, budget)
		switch {
		case !ok:
			a.MustWait = wait
			return a, budget
		case !sleep(ctx, wait):
			a.Err = cmp.Or(ctx.Err(), a.Err)
			return a, budget
		}
		budget = budget.spend(wait)
	}
}

// sendOnce sends a request once and reads the whole response.
func (c *Client) sendOnce(ctx context.Context, r Request) Attempt {
	if ctx.Err() != nil {
		return Attempt{Err: ctx.Err(), Outcome: NotSent}
	}
	if r.creates() {
		grace, cancel := WithGrace(ctx)
		defer cancel()
		ctx = grace
	}
	var isConnected, hasBegun atomic.Bool
	isConnected.Store(true) // unless net/http says that it has no connection yet
	req, err := c.newRequest(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:              func(string) { isConnected.Store(false); hasBegun.Store(false) },
		GotConn:              func(httptrace.GotConnInfo) { isConnected.Store(true) },
		GotFirstResponseByte: func() { hasBegun.Store(true) },
	}), r)
	if err != nil {
		return Attempt{Err: err, Outcome: NotSent}
	}
	a := Attempt{Sent: time.Now()}
	resp, err := c.http.Do(req)
	switch {
	case err != nil:
		a.isUnreadable = hasBegun.Load()
	case resp.StatusCode == http.StatusSwitchingProtocols: // The body has no end.
		a.Response, err = resp, errors.New("the response switches to another protocol")
		_ = resp.Body.Close()
	default:
		a.Response = resp
		a.Body, err = io.ReadAll(http.MaxBytesReader(nil, resp.Body, MaxBody))
		_ = resp.Body.Close()
	}
	a.Received = time.Now()
	// These refuse the credentials, whatever the body says. Another attempt might lock the account.
	if !slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired}, a.Status()) {
		a.Err = unwrapURLError(err)
	}
	a.Outcome = outcomeOf(a, isConnected.Load())
	return a
}

func (c *Client) newRequest(ctx context.Context, r Request) (*http.Request, error) {
	var body bytes.Buffer
	if r.Body != nil {
		if err := json.NewEncoder(&body).Encode(r.Body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, c.config.BaseURL.String()+r.Path, &body)
	if err != nil {
		return nil, unwrapURLError(err)
	}
	if r.creates() {
		req.GetBody = nil // With it net/http sends a request again by itself.
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	req.Header.Set("User-Agent", c.config.UserAgent)
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.Anonymous {
		req.Header["Authorization"] = nil
	}
	return req, nil
}

// unwrapURLError returns an error of net/http without the method and the address.
func unwrapURLError(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}
