// Package ghes is a client for the OAuth Authorizations API of GitHub
// Enterprise Server: the ten operations below /authorizations and
// /applications/grants. It stands on go-github's core for requests, error
// decoding and paging, brings its own bodies (that library dropped these
// endpoints), and guards what a password and one-time tokens ask for:
// credentials go to the configured origin only, answers are bounded, checked
// and decoded strictly, and no error carries a body or a header.
package ghes

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/go-github/v92/github"
	"golang.org/x/sync/singleflight"
)

const (
	mediaType  = "application/vnd.github+json"
	apiVersion = "2022-11-28"
)

// Config says which server to talk to, as whom, and how.
type Config struct {
	// BaseURL is the API's root, as ParseBaseURL returns it.
	BaseURL *url.URL
	// Username and Password sign every request; the API takes nothing else.
	Username, Password string
	// OTP returns the one-time code of the moment, for accounts with two-factor
	// authentication. Every attempt asks for one; an error ends the call unsent.
	OTP func() (string, error)
	// OTPFixed says that OTP returns the same code at any time: one that expires
	// during the run.
	OTPFixed bool
	// UserAgent is sent as it is.
	UserAgent string
	// Timeout bounds one attempt at a request, with its redirects and the reading
	// of its answer; 0 is none.
	Timeout time.Duration
	// MaxRetries is how often a request is repeated at most, where that is safe; 0
	// is never.
	MaxRetries int
	// MaxWait is the most that a call waits between its attempts, all together; 0
	// is not at all.
	MaxWait time.Duration
	// Backoff is about the first of these waits, each later one being twice as
	// long; 0 is 500 ms. A server that asks for longer gets it, within MaxWait.
	Backoff time.Duration
	// Now is this machine's time, which the server's is compared with; nil is
	// time.Now.
	Now func() time.Time
	// ReadsByNumber asks for every authorization by its number, to compare what
	// reading them from lists saves.
	ReadsByNumber bool
	// Transport carries the requests; nil is http.DefaultTransport.
	Transport http.RoundTripper
	// Secrets masks the server's words in errors. The client adds the password,
	// and each client secret and token as it meets them; nil is one of its own.
	Secrets *Secrets
}

// Client calls the OAuth Authorizations API as one user. It is safe for
// concurrent use. Its errors are *Error, or the context's, or what Unavailable
// was given.
type Client struct {
	github      *github.Client
	root        string
	secrets     *Secrets
	codes       codes
	credentials gate
	offered     offer
	about       about
	unavailable error
	shown       shown
	clock       *serverClock
	byNumber    bool
	sweep       atomic.Pointer[sweep]
	unlisted    atomic.Bool // whether a list could not be read

	maxRetries       int
	maxWait, backoff time.Duration
}

// NewClient returns a client for cfg. It sends nothing.
func NewClient(cfg Config) (*Client, error) {
	transport := cfg.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	secrets := cmp.Or(cfg.Secrets, &Secrets{})
	secrets.Add(cfg.Password, base64.RawStdEncoding.EncodeToString([]byte(cfg.Username+":"+cfg.Password)))
	clock := &serverClock{}
	attempt := &once{clock: clock, client: &http.Client{
		Transport: &guard{
			origin:   cfg.BaseURL,
			username: cfg.Username,
			password: cfg.Password,
			otp:      cfg.OTP,
			secrets:  secrets,
			next:     transport,
		},
		CheckRedirect: checkRedirect,
		Timeout:       cfg.Timeout,
	}}
	gh, err := github.NewClient(
		github.WithHTTPClient(&http.Client{
			Transport:     &repeater{&http.Client{Transport: attempt, CheckRedirect: keepRedirect}},
			CheckRedirect: keepRedirect,
		}),
		github.WithURLs(new(cfg.BaseURL.String()), nil),
		github.WithUserAgent(cfg.UserAgent),
		// The library would answer for the server from what it remembers of
		// earlier rate limits; errors here are always the server's own.
		github.WithDisableRateLimitCheck(),
	)
	if err != nil {
		return nil, err
	}
	return &Client{
		github: gh, root: cfg.BaseURL.EscapedPath(), secrets: secrets, codes: codesOf(cfg), clock: clock,
		byNumber:   cfg.ReadsByNumber,
		maxRetries: cfg.MaxRetries, maxWait: cfg.MaxWait, backoff: cmp.Or(cfg.Backoff, firstBackoff),
	}, nil
}

// Secrets returns what masks this client's errors, for the caller to add what
// else it knows.
func (c *Client) Secrets() *Secrets { return c.secrets }

// Unavailable returns a client whose every request fails with reason, unsent. It
// stands in while the settings are not known yet.
func Unavailable(reason error) *Client {
	return &Client{secrets: &Secrets{}, clock: &serverClock{}, unavailable: reason}
}

// call sends one request and returns the answer, decoded, and the response for
// its status and headers. path is relative to the API's root, with escaped
// elements. Any status but those in want is an error.
func call[T any](ctx context.Context, c *Client, method, path string, in any, want ...int) (T, *github.Response, error) {
	var out T
	resp, err := c.send(ctx, method, path, in, &out, want)
	return out, resp, err
}

// send is call without its type.
func (c *Client) send(ctx context.Context, method, path string, in, out any, want []int) (resp *github.Response, err error) {
	if c.unavailable != nil {
		return nil, c.unavailable
	}
	req, err := c.github.NewRequest(ctx, method, path, in)
	if err != nil {
		return nil, &Error{Method: method, Path: c.path(path), Err: err}
	}
	req.Header.Set("Accept", mediaType)
	req.Header.Set("X-GitHub-Api-Version", apiVersion)

	err = c.inTurn(ctx, method, path, func(ctx context.Context) error {
		way := courseOf(ctx)
		if way == nil {
			way = c.newCourse(c.maxWait)
			ctx = way.in(ctx)
		}
		way.attempts, way.mustWait = 0, nil
		resp, err = c.exchange(req.WithContext(ctx), out, want)
		if e, ok := errors.AsType[*Error](err); ok {
			e.Attempts = way.attempts
			if e.Err == nil {
				e.Err = way.mustWait
			}
		}
		if resp != nil && resp.Response != nil {
			resp.Request = req // its own has a context that has ended
		}
		return c.forbidden(ctx, err)
	})
	return resp, err
}

// inTurn does call once the credentials allow it. Whoever shares the outcome of
// another request says so.
func (c *Client) inTurn(ctx context.Context, method, path string, call func(context.Context) error) error {
	sent := false
	err := c.credentials.do(ctx, func(ctx context.Context) error {
		sent = true
		return call(ctx)
	})
	e, ok := errors.AsType[*Error](err)
	if !ok || sent || refusesCredentials(err) {
		return err
	}
	why := "another request failed"
	if e.Status == 0 {
		why = "another request had no answer"
	}
	if left, ok := errors.AsType[*LeftBehindError](err); ok && left.Err != nil {
		err = left.Err // what is left is the other's business
	}
	return &Error{Method: method, Path: c.path(path), Err: fmt.Errorf("not sent, since %s: %w", why, err)}
}

// path returns the path of a request as errors have it.
func (c *Client) path(relative string) string {
	below, _, _ := strings.Cut(relative, "?")
	return c.root + below
}

// exchange sends req, checks the answer's status and decodes it into out.
func (c *Client) exchange(req *http.Request, out any, want []int) (*github.Response, error) {
	if req.Method != http.MethodGet {
		// A page that is read meanwhile may be from before or after it.
		c.sweep.Store(nil)
		defer c.sweep.Store(nil)
	}
	var body bytes.Buffer
	resp, err := c.github.Do(req, &body)
	switch {
	case err != nil:
	case !slices.Contains(want, resp.StatusCode):
		err = errUnexpectedStatus
	case resp.StatusCode != http.StatusNoContent:
		err = decode(resp.Header, body.Bytes(), out)
		c.learnTokens(out, resp.StatusCode == http.StatusCreated)
	}
	if err != nil {
		return resp, c.failure(req, resp, err)
	}
	return resp, nil
}

// offer remembers whether the server has the API at all.
type offer struct {
	asking  singleflight.Group
	verdict atomic.Pointer[verdict]
}

type verdict struct{ err error }

// checkOffered returns nil once the list of authorizations has answered 200 to
// this client, and ErrNotOffered where it answers 404 or 410; both are
// remembered. Any other error of asking goes to all that waited for it.
func (c *Client) checkOffered(ctx context.Context) error {
	for {
		asked := c.offered.asking.DoChan("", func() (any, error) { return nil, c.askOffered(ctx) })
		select {
		case answer := <-asked:
			// The one that asked may have been cancelled; this one was not.
			if errors.Is(answer.Err, context.Canceled) && ctx.Err() == nil {
				continue
			}
			return answer.Err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *Client) askOffered(ctx context.Context) error {
	if v := c.offered.verdict.Load(); v != nil {
		return v.err
	}
	_, _, err := page[Authorization](ctx, c, "authorizations?per_page=1")
	if err == nil || errors.Is(err, ErrNotOffered) {
		c.offered.verdict.Store(&verdict{err})
	}
	return err
}

// noteOffered records that the list has answered 200.
func (c *Client) noteOffered() { c.offered.verdict.Store(&verdict{}) }
