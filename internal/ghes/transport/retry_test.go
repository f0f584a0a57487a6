package transport

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// askCase is the headers of a response, and how long they ask to wait.
type askCase struct {
	headers []string
	want    time.Duration
}

func askCases() map[string]askCase {
	const (
		date = "Fri, 01 May 2026 12:00:00 GMT" // received
		soon = "Fri, 01 May 2026 12:00:09 GMT"
	)
	reset := func(seconds int64) []string {
		return []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", fmt.Sprint(received.Unix() + seconds)}
	}
	return map[string]askCase{
		"nothing":                     {nil, 0},
		"seconds":                     {[]string{"Retry-After", "7"}, 7 * time.Second},
		"seconds with blanks":         {[]string{"Retry-After", " 7 "}, 7 * time.Second},
		"zero":                        {[]string{"Retry-After", "0"}, 0},
		"negative":                    {[]string{"Retry-After", "-7"}, 0},
		"fraction":                    {[]string{"Retry-After", "7.5"}, 0},
		"no time":                     {[]string{"Retry-After", "soon"}, 0},
		"longest":                     {[]string{"Retry-After", "9223372036"}, 9223372036 * time.Second},
		"longer":                      {[]string{"Retry-After", "9223372037"}, 9223372036 * time.Second},
		"beyond 64 bits":              {[]string{"Retry-After", "99999999999999999999999"}, 9223372036 * time.Second},
		"time":                        {[]string{"Retry-After", soon}, 9 * time.Second},
		"time by the server's clock":  {[]string{"Retry-After", soon, "Date", "Fri, 01 May 2026 12:00:01 GMT"}, 8 * time.Second},
		"time in the past":            {[]string{"Retry-After", "Fri, 01 May 2020 12:00:09 GMT"}, 0},
		"seconds and a date":          {[]string{"Retry-After", "7", "Date", "Fri, 01 May 2020 12:00:00 GMT"}, 7 * time.Second},
		"time and an invalid date":    {[]string{"Retry-After", soon, "Date", "noon"}, 9 * time.Second},
		"reset":                       {reset(11), 11 * time.Second},
		"reset by the server's clock": {append(reset(11), "Date", "Fri, 01 May 2026 12:00:01 GMT"), 10 * time.Second},
		"reset in the past":           {reset(-11), 0},
		"reset at once":               {append(reset(0), "Date", date), 0},
		"reset, more remain":          {[]string{"X-RateLimit-Remaining", "5", "X-RateLimit-Reset", fmt.Sprint(received.Unix() + 11)}, 0},
		"reset without remaining":     {[]string{"X-RateLimit-Reset", fmt.Sprint(received.Unix() + 11)}, 0},
		"nothing remains, no reset":   {[]string{"X-RateLimit-Remaining", "0"}, 0},
		"invalid reset":               {[]string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "soon"}, 0},
		"negative reset":              {[]string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "-1"}, 0},
		"reset never":                 {[]string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", fmt.Sprint(math.MaxInt64 / 1000)}, math.MaxInt64},
		"Retry-After and reset":       {append(reset(11), "Retry-After", "7"), 7 * time.Second},
		"Retry-After zero and reset":  {append(reset(11), "Retry-After", "0"), 0},
		"invalid and reset":           {append(reset(11), "Retry-After", "soon"), 11 * time.Second},
	}
}

func TestAskedWait(t *testing.T) {
	t.Parallel()
	for name, test := range askCases() {
		a := responded(http.StatusTooManyRequests, test.headers...)
		if got := a.askedWait(); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	if got := (Attempt{Received: received}).askedWait(); got != 0 {
		t.Errorf("without a response: %s", got)
	}
}

// mayRetry says for each outcome which methods may be sent again.
var mayRetry = map[Outcome][]string{
	NotSent:  {"GET", "POST", "PUT", "PATCH", "DELETE"},
	Rejected: {"GET", "POST", "PUT", "PATCH", "DELETE"},
	Unknown:  {"GET", "PATCH", "DELETE"},
	Complete: {},
}

// retryAttempt is an attempt of TestRetry, without its outcome.
type retryAttempt struct {
	name        string
	attempt     Attempt
	asked       time.Duration
	isPermanent bool
}

func retryAttempts() (attempts []retryAttempt) {
	for _, err := range permanentErrors() {
		attempts = append(attempts, retryAttempt{fmt.Sprint("no response, ", err), Attempt{Err: err, Received: received}, 0, true})
		a := responded(429, "Retry-After", "7")
		a.Err = err
		attempts = append(attempts, retryAttempt{fmt.Sprint("429, ", err), a, 7 * time.Second, true})
	}
	for _, err := range passingErrors() {
		attempts = append(attempts, retryAttempt{fmt.Sprint("no response, ", err), Attempt{Err: err, Received: received}, 0, false})
		a := responded(503, "Retry-After", "7")
		a.Err = err
		attempts = append(attempts, retryAttempt{fmt.Sprint("503, ", err), a, 7 * time.Second, false})
	}
	for _, status := range []int{200, 201, 204, 302, 307, 400, 401, 403, 404, 407, 408, 410, 422, 429, 499, 500, 501, 502, 503, 504} {
		for name, asks := range askCases() {
			attempts = append(attempts, retryAttempt{fmt.Sprintf("%d, %s", status, name), responded(status, asks.headers...), asks.want, false})
		}
	}
	return attempts
}

// A request is sent again if its outcome allows that for its method, the error may pass, and the budget has
// both a retry and enough time for the wait. The server's wait counts more than the client's own.
func TestRetry(t *testing.T) {
	t.Parallel()
	budgets := map[string]Budget{
		"no retries":       {Retries: 0, Wait: time.Hour, next: time.Second},
		"fewer than none":  {Retries: -1, Wait: time.Hour, next: time.Second},
		"no time":          {Retries: 9, Wait: 0, next: time.Second},
		"no time, no wait": {Retries: 9, Wait: 0, next: 0},
		"too little time":  {Retries: 9, Wait: 6999 * time.Millisecond, next: time.Second},
		"just enough time": {Retries: 1, Wait: 7 * time.Second, next: 7 * time.Second},
		"much time":        {Retries: 9, Wait: time.Hour, next: time.Second},
		"all time":         {Retries: 9, Wait: math.MaxInt64, next: time.Second},
	}
	for _, test := range retryAttempts() {
		for outcome, methods := range mayRetry {
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
				for name, budget := range budgets {
					a := test.attempt
					a.Outcome = outcome
					wantWait, want := test.want(slices.Contains(methods, method), budget)
					if wait, ok := retry(Request{Method: method}, a, budget); wait != wantWait || ok != want {
						t.Errorf("%s after outcome %d, %s, with %s: %s, %t, want %s, %t", method, outcome, test.name, name, wait, ok, wantWait, want)
					}
				}
			}
		}
	}
}

// want returns what retry returns for the attempt if the method may be sent again.
func (r retryAttempt) want(mayRetry bool, budget Budget) (wait time.Duration, ok bool) {
	switch wait = max(r.asked, 0); {
	case !mayRetry || r.isPermanent || budget.Retries <= 0:
		return 0, false
	case r.asked > 0:
		return wait, wait <= budget.Wait
	case budget.next > budget.Wait:
		return 0, false
	}
	return budget.next, true
}

// Each wait is about twice as long as the one before, up to ten seconds or the first one.
func TestBudget_spend(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		first time.Duration
		want  []time.Duration
	}{
		{0, []time.Duration{0, 0, 0}},
		{500 * time.Millisecond, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 10 * time.Second, 10 * time.Second}},
		{time.Minute, []time.Duration{time.Minute, time.Minute, time.Minute}},
	} {
		budget := NewBudget(len(test.want), time.Hour, test.first)
		for i, most := range test.want {
			if budget.Retries != len(test.want)-i || budget.Wait != time.Hour-time.Duration(i)*time.Second {
				t.Errorf("%s: after %d retries %d and %s are left", test.first, i, budget.Retries, budget.Wait)
			}
			if budget.next < most/2 || budget.next > most {
				t.Errorf("%s: wait %d is %s, want %s to %s", test.first, i+1, budget.next, most/2, most)
			}
			budget = budget.spend(time.Second)
		}
	}
}

func TestBudget_Pause(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		budget  Budget
		timeout time.Duration // of the context
		took    time.Duration
		want    bool
	}{
		"pauses":          {Budget{Retries: 2, Wait: time.Minute, next: 3 * time.Second}, time.Hour, 3 * time.Second, true},
		"all time":        {Budget{Retries: 1, Wait: 3 * time.Second, next: 3 * time.Second}, time.Hour, 3 * time.Second, true},
		"no retries":      {Budget{Retries: 0, Wait: time.Minute, next: 3 * time.Second}, time.Hour, 0, false},
		"too little time": {Budget{Retries: 2, Wait: 2 * time.Second, next: 3 * time.Second}, time.Hour, 0, false},
		"early deadline":  {Budget{Retries: 2, Wait: time.Minute, next: 3 * time.Second}, 2 * time.Second, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.timeout)
				defer cancel()
				start, want := time.Now(), test.budget
				if test.want {
					want.Retries, want.Wait = want.Retries-1, want.Wait-want.next
				}
				rest, ok := test.budget.Pause(ctx)
				if took := time.Since(start); ok != test.want || took != test.took {
					t.Errorf("%t after %s, want %t after %s", ok, took, test.want, test.took)
				}
				if rest.Retries != want.Retries || rest.Wait != want.Wait {
					t.Errorf("%d retries and %s are left, want %d and %s", rest.Retries, rest.Wait, want.Retries, want.Wait)
				}
			})
		})
	}
}

// A pause ends with its context.
func TestBudget_Pause_cancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start, budget := time.Now(), Budget{Retries: 2, Wait: time.Minute, next: 3 * time.Second}
		if rest, ok := budget.Pause(ctx); ok || rest != budget || time.Since(start) != time.Second {
			t.Errorf("%+v, %t after %s", rest, ok, time.Since(start))
		}
	})
}

// WithGrace ends 5 seconds after its parent.
func TestWithGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancel(t.Context())
		grace, stop := WithGrace(parent)
		defer stop()
		time.Sleep(time.Hour)
		cancel()
		time.Sleep(5*time.Second - time.Nanosecond)
		synctest.Wait()
		if grace.Err() != nil {
			t.Error("the context ended early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if grace.Err() == nil {
			t.Error("the context has not ended after 5 seconds")
		}
	})
}
