package ghes

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 10 * time.Second
)

// course is how a call goes: what it may still do, and what became of its last
// attempt. The requests of a call are sent one after the other.
type course struct {
	repeats int           // how many there may still be
	wait    time.Duration // how long they may still wait, all together
	backoff time.Duration // about how long the next one waits by itself

	attempts int
	// unsure is that the server may have acted on the last attempt, and has not
	// said that it did.
	unsure bool
	// abandoned is that the last attempt was given up before there was an answer,
	// so that the server may still act on it.
	abandoned bool
	// mustWait is why the last attempt was not repeated, if the server asks to
	// wait for too long.
	mustWait error
	// sent and received are when the last attempt was.
	sent, received time.Time
}

func (c *Client) newCourse(wait time.Duration) *course {
	return &course{repeats: c.maxRetries, wait: wait, backoff: c.backoff}
}

type courseKey struct{}

// in returns a context in which requests take this course.
func (way *course) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, courseKey{}, way)
}

// courseOf returns the course of a request, nil where it has none yet.
func courseOf(ctx context.Context) *course {
	way, _ := ctx.Value(courseKey{}).(*course)
	return way
}

// repeater is a transport that repeats what can be repeated safely, as long as
// the request's course allows it.
type repeater struct{ attempts *http.Client }

// RoundTrip implements http.RoundTripper.
func (r *repeater) RoundTrip(req *http.Request) (*http.Response, error) {
	request, err := retryablehttp.FromRequest(req.Clone(req.Context()))
	if err != nil {
		return nil, err
	}
	way := courseOf(req.Context())
	var pause time.Duration
	client := &retryablehttp.Client{
		HTTPClient: r.attempts,
		RetryMax:   math.MaxInt, // the course knows better
		CheckRetry: func(ctx context.Context, resp *http.Response, err error) (again bool, _ error) {
			refused, failed := way.judge(resp, err)
			if err == nil && !refused && mayHaveActed(resp.StatusCode) {
				way.unsure = true
			}
			if !refused && (!failed || makes(req.Method)) {
				return false, nil
			}
			pause, again = way.next(ctx, resp)
			return again, nil
		},
		Backoff:      func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return pause },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := client.Do(request)
	return resp, bare(err)
}

// makes reports whether a request of this method may make something, so that it
// must not be repeated unless the server has refused it.
func makes(method string) bool { return method == http.MethodPost || method == http.MethodPut }

// judge tells what an attempt has come to. refused is that the server did not
// act and may do so another time, failed that there is no telling.
func (way *course) judge(resp *http.Response, err error) (refused, failed bool) {
	if err != nil {
		passes := mayPass(err)
		return passes && !way.unsure, passes && way.unsure
	}
	body, _ := resp.Body.(*answer)
	_, asked := retryAfter(resp.Header, way.received)
	way.unsure = false
	switch status := resp.StatusCode; {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && asked:
		return true, false
	case status == http.StatusForbidden && isLimit(resp.Header, body.text):
		return true, false
	case isFailure(status):
		way.unsure = true
		return false, true
	case body.broken != nil:
		way.unsure = status/100 == 2
		return false, mayPass(body.broken)
	}
	return false, false
}

// mayHaveActed reports whether a status may come, from the server or from one on
// the way to it, after the request was acted on.
func mayHaveActed(status int) bool {
	const clientGone = 499 // of some proxies
	return status == http.StatusRequestTimeout || status == clientGone ||
		status >= http.StatusInternalServerError && status != http.StatusNotImplemented
}

// isFailure reports whether a status says that the server, or one on the way to
// it, may have failed amid its work.
func isFailure(status int) bool {
	switch status {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// mayPass reports whether what is wrong with a connection may be gone the next
// time.
func mayPass(err error) bool {
	if _, ok := errors.AsType[*unsentError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return false
	}
	// Most errors of TLS, and what net/http says of what is not HTTP, have no type.
	text := err.Error()
	return !strings.Contains(text, "tls: ") && !strings.Contains(text, "x509: ") &&
		!strings.Contains(text, "malformed") && !strings.Contains(text, "invalid header field") && !errors.Is(err, http.ErrSchemeMismatch)
}

// isLimit reports whether a 403 is one for too many requests, which passes by
// itself. A locked account is not: what comes again counts.
func isLimit(header http.Header, text []byte) bool {
	var said struct {
		Message          string `json:"message"`
		DocumentationURL string `json:"documentation_url"`
	}
	_ = json.Unmarshal(text, &said) // a web page says nothing
	if meaning(http.StatusForbidden, said.Message) != nil {
		return false
	}
	if _, asked := retryAfter(header, time.Now()); asked || header.Get("X-Ratelimit-Remaining") == "0" {
		return true
	}
	return namesLimit(said.Message, said.DocumentationURL)
}

// namesLimit reports whether the server's words are about too many requests.
func namesLimit(message, documentation string) bool {
	words := strings.ToLower(message + " " + documentation)
	return slices.ContainsFunc([]string{"secondary rate limit", "secondary-rate-limits", "abuse detection", "abuse-rate-limits"},
		func(limit string) bool { return strings.Contains(words, limit) })
}

// next takes a repeat and its pause from what the course allows, and reports
// whether it does. resp is the answer to the last attempt, nil where none came.
func (way *course) next(ctx context.Context, resp *http.Response) (pause time.Duration, ok bool) {
	if way.repeats <= 0 || ctx.Err() != nil {
		return 0, false
	}
	asked := false
	if resp != nil {
		pause, asked = askedPause(resp, way.received)
	}
	if pause == 0 {
		asked = false
		// Not all that failed together are to come again together.
		pause = way.backoff/2 + rand.N(way.backoff/2+1) //nolint:gosec // nothing secret
	}
	if pause > way.wait {
		if asked {
			way.mustWait = mustWait(pause)
		}
		return 0, false
	}
	if end, limited := ctx.Deadline(); limited && time.Until(end) < pause {
		return 0, false
	}
	way.repeats--
	way.wait -= pause
	way.backoff = min(2*way.backoff, max(way.backoff, maxBackoff))
	return pause, true
}

// pause waits until the next attempt, and reports whether there may be one.
func (way *course) pause(ctx context.Context) bool {
	pause, ok := way.next(ctx, nil)
	if !ok {
		return false
	}
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}
