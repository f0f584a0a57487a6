package transport

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Budget is what a call may still spend on sending a request again.
type Budget struct {
	Retries int           // how many more attempts there may be
	Wait    time.Duration // how long the call may still wait between attempts, in total
	backoff time.Duration // doubles with each attempt
	next    time.Duration // the wait before the next attempt, unless the server asks to wait
}

// NewBudget returns a budget whose first wait is about backoff. Later ones double, up to 10 s.
func NewBudget(retries int, wait, backoff time.Duration) Budget {
	// Requests that failed together are not sent again together.
	next := backoff/2 + rand.N(backoff/2+1) //nolint:gosec // Nothing here is secret.
	return Budget{Retries: retries, Wait: wait, backoff: backoff, next: next}
}

// spend returns what is left of the budget after one more attempt, which begins after wait.
func (b Budget) spend(wait time.Duration) Budget {
	return NewBudget(b.Retries-1, b.Wait-wait, min(2*b.backoff, max(b.backoff, 10*time.Second)))
}

// Pause waits before another attempt. It returns what is left, and whether the attempt may be made.
func (b Budget) Pause(ctx context.Context) (Budget, bool) {
	if b.Retries <= 0 || b.next > b.Wait || !sleep(ctx, b.next) {
		return b, false
	}
	return b.spend(b.next), true
}

// retry decides whether a request is sent again, and after what wait. It returns false with a wait
// that the server asks for and the budget does not allow.
func retry(r Request, a Attempt, b Budget) (wait time.Duration, ok bool) {
	isSafe := map[Outcome]bool{NotSent: true, Rejected: true, Unknown: !r.creates()}[a.Outcome]
	if !isSafe || a.isPermanent() || b.Retries <= 0 {
		return 0, false
	}
	asked := a.askedWait()
	wait = cmp.Or(asked, b.next)
	if wait > b.Wait {
		return asked, false
	}
	return wait, true
}

// sleep waits, and reports whether the context lasts. If it would not, sleep returns at once.
func sleep(ctx context.Context, wait time.Duration) bool {
	if end, isLimited := ctx.Deadline(); isLimited && time.Until(end) < wait {
		return false
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	<-waiting.Done()
	return ctx.Err() == nil
}

// askedWait returns how long the server asks to wait, by its own clock; 0 if it does not.
func (a Attempt) askedWait() time.Duration {
	if a.Response == nil {
		return 0
	}
	header, now := a.Response.Header, a.Received
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	if wait, ok := retryAfter(header, now); ok {
		return wait
	}
	reset, err := strconv.ParseInt(header.Get("X-Ratelimit-Reset"), 10, 64)
	if err != nil || header.Get("X-Ratelimit-Remaining") != "0" {
		return 0
	}
	return max(0, time.Unix(reset, 0).Sub(now))
}

// retryAfter reads a Retry-After header, which has seconds from now on, or a time.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(header.Get("Retry-After"))
	seconds, err := strconv.ParseUint(text, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(math.MaxInt64/time.Second))) * time.Second, true
	}
	at, err := http.ParseTime(text)
	return max(0, at.Sub(now)), err == nil
}

// WithGrace returns a context that ends 5 seconds after ctx, for work that must not stay half done.
func WithGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	grace, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(5*time.Second, cancel) })
	return grace, func() { stop(); cancel() }
}
