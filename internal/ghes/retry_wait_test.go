package ghes

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// deleteGrant deletes a grant on a server with these responses in turn, the last one for all further
// requests. It returns how long that took.
func deleteGrant(ctx context.Context, t *testing.T, cfg Config, responses ...http.HandlerFunc) (time.Duration, error) {
	t.Helper()
	cfg.RoundTripper = direct(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		responses[0](w, r)
		responses = responses[min(1, len(responses)-1):]
	}))
	c := newTestClient(t, "https://ghes.example.com", cfg)
	start := time.Now()
	err := c.DeleteGrant(ctx, 1)
	return time.Since(start), err
}

// waitCase is a response, and how long the client then waits if max_wait is a minute.
type waitCase struct {
	headers     []string
	least, most time.Duration
	err         string // the end of the text of an ErrMustWait
}

func waitCases() map[string]waitCase {
	midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Local() // A bubble begins then.
	exactly := func(wait time.Duration, headers ...string) waitCase { return waitCase{headers, wait, wait, ""} }
	backoff := func(headers ...string) waitCase {
		return waitCase{headers, 250 * time.Millisecond, 500 * time.Millisecond, ""}
	}
	tooLong := func(err string, headers ...string) waitCase { return waitCase{headers: headers, err: err} }
	return map[string]waitCase{
		"seconds":                exactly(7*time.Second, "Retry-After", "7"),
		"time":                   exactly(9*time.Second, "Retry-After", "Sat, 01 Jan 2000 00:00:09 GMT"),
		"time by server's clock": exactly(8*time.Second, "Retry-After", "Sat, 01 Jan 2011 00:00:09 GMT", "Date", "Sat, 01 Jan 2011 00:00:01 GMT"),
		"time in the past":       backoff("Retry-After", "Sat, 01 Jan 1994 00:00:09 GMT"),
		"zero":                   backoff("Retry-After", "0"),
		"negative":               backoff("Retry-After", "-1"),
		"no time":                backoff("Retry-After", "soon"),
		"none":                   backoff(),
		"reset":                  exactly(11*time.Second, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "946684811"),
		"reset by server's clock": exactly(12*time.Second,
			"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1000000012", "Date", "Sun, 09 Sep 2001 01:46:40 GMT"),
		"negative reset":        backoff("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "-1"),
		"reset, more remain":    backoff("X-RateLimit-Remaining", "5", "X-RateLimit-Reset", "946684811"),
		"all that is allowed":   exactly(time.Minute, "Retry-After", "60"),
		"a second more":         tooLong("the server asks to wait until "+midnight.Add(61*time.Second).Format(time.DateTime)+" (1m1s), longer than max_wait allows", "Retry-After", "61"),
		"days":                  tooLong("the server asks to wait until "+midnight.AddDate(0, 0, 2).Format(time.DateTime)+" (48h0m0s), longer than max_wait allows", "Retry-After", "172800"),
		"30,000 years":          tooLong("longer than max_wait allows", "Retry-After", "1000000000000"),
		"beyond 64 bits":        tooLong("longer than max_wait allows", "Retry-After", strings.Repeat("9", 40)),
		"reset in 30,000 years": tooLong("longer than max_wait allows", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1000000000000"),
	}
}

// The client waits as long as the server asks it to, and no longer than Config allows.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for name, test := range waitCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				took, err := deleteGrant(t.Context(), t, Config{MaxRetries: 1, MaxWait: time.Minute}, reply(429, `{}`, test.headers...), reply(204, ``))
				if took < test.least || took > test.most {
					t.Errorf("took %s, want %s to %s", took, test.least, test.most)
				}
				if test.err == "" && err != nil || test.err != "" && (!errors.Is(err, ErrMustWait) || !strings.HasSuffix(err.Error(), test.err)) {
					t.Errorf("error %v, want %q", err, test.err)
				}
			})
		})
	}
}

// Unless the server asks for a wait, each wait is about twice as long as the one before, up to ten
// seconds.
func TestBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var arrived []time.Time
		arrive := func(w http.ResponseWriter, r *http.Request) {
			arrived = append(arrived, time.Now())
			reply(502, `{}`)(w, r)
		}
		_, err := deleteGrant(t.Context(), t, Config{MaxRetries: 8, MaxWait: time.Hour}, arrive)
		wantError(t, err, "DELETE PREFIX/applications/grants/1: 502 Bad Gateway, after 9 attempts")
		for i, milliseconds := range []int{500, 1000, 2000, 4000, 8000, 10000, 10000, 10000} {
			most := time.Duration(milliseconds) * time.Millisecond
			if pause := arrived[i+1].Sub(arrived[i]); pause < most/2 || pause > most {
				t.Errorf("wait %d is %s, want %s to %s", i+1, pause, most/2, most)
			}
		}
	})
}

// MaxWait limits all waits of a call together.
func TestMaxWait(t *testing.T) {
	t.Parallel()
	asks := reply(503, `{}`, "Retry-After", "25")
	for name, test := range map[string]struct {
		cfg      Config
		response http.HandlerFunc
		took     time.Duration
		attempts int
		mustWait bool
	}{
		"server asks":     {Config{MaxRetries: 9, MaxWait: time.Minute}, asks, 50 * time.Second, 3, true},
		"no wait allowed": {Config{MaxRetries: 9}, asks, 0, 1, true},
		"no wait asked":   {Config{MaxRetries: 9}, reply(502, `{}`), 0, 1, false},
		"retries end":     {Config{MaxRetries: 1, MaxWait: time.Minute}, asks, 25 * time.Second, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				took, err := deleteGrant(t.Context(), t, test.cfg, test.response)
				e, ok := errors.AsType[*Error](err)
				if !ok || e.Attempts != test.attempts || took != test.took || errors.Is(err, ErrMustWait) != test.mustWait {
					t.Errorf("took %s, error %v", took, err)
				}
			})
		})
	}
}

// A wait ends with the context. A wait that would outlast the context's deadline does not begin.
func TestMaxWait_context(t *testing.T) {
	t.Parallel()
	asks := reply(503, `{}`, "Retry-After", "25")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		took, err := deleteGrant(ctx, t, Config{MaxRetries: 9, MaxWait: time.Minute}, asks)
		wantCanceled(t, err)
		if took != 3*time.Second {
			t.Errorf("took %s, want 3s", took)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		took, err = deleteGrant(ctx, t, Config{MaxRetries: 9, MaxWait: time.Minute}, asks)
		wantError(t, err, "DELETE PREFIX/applications/grants/1: 503 Service Unavailable, after 2 attempts")
		if took != 25*time.Second {
			t.Errorf("took %s, want 25s", took)
		}
	})
}
