package ghes

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// wait calls a server that gives these answers in turn, the last one for ever,
// and returns how long that took.
func wait(ctx context.Context, t *testing.T, cfg Config, inTurn ...http.HandlerFunc) (time.Duration, error) {
	t.Helper()
	cfg.RoundTripper = roundTrip(func(req *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		inTurn[0](w, req)
		inTurn = inTurn[min(1, len(inTurn)-1):]
		resp := w.Result()
		resp.Request = req
		return resp, nil
	})
	c := connect(t, &httptest.Server{URL: "https://ghes.example.com", Config: &http.Server{}}, cfg)
	start := time.Now()
	err := c.DeleteGrant(ctx, 1)
	return time.Since(start), err
}

// The server's own word on when to come again is heard, in all its forms.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Local() // when a bubble begins
	for name, test := range map[string]struct {
		headers []string
		least   time.Duration
		most    time.Duration // least, where it is 0
		err     string
	}{
		"seconds":                {headers: []string{"Retry-After", "7"}, least: 7 * time.Second},
		"a time":                 {headers: []string{"Retry-After", "Sat, 01 Jan 2000 00:00:09 GMT"}, least: 9 * time.Second},
		"a time by its clock":    {headers: []string{"Retry-After", "Sat, 01 Jan 2011 00:00:09 GMT", "Date", "Sat, 01 Jan 2011 00:00:01 GMT"}, least: 8 * time.Second},
		"a time that has passed": {headers: []string{"Retry-After", "Sat, 01 Jan 1994 00:00:09 GMT"}, least: 250 * time.Millisecond, most: 500 * time.Millisecond},
		"zero":                   {headers: []string{"Retry-After", "0"}, least: 250 * time.Millisecond, most: 500 * time.Millisecond},
		"negative":               {headers: []string{"Retry-After", "-1"}, least: 250 * time.Millisecond, most: 500 * time.Millisecond},
		"no time":                {headers: []string{"Retry-After", "soon"}, least: 250 * time.Millisecond, most: 500 * time.Millisecond},
		"none":                   {least: 250 * time.Millisecond, most: 500 * time.Millisecond},
		"reset":                  {headers: []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "946684811"}, least: 11 * time.Second},
		"reset by its clock":     {headers: []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1000000012", "Date", "Sun, 09 Sep 2001 01:46:40 GMT"}, least: 12 * time.Second},
		"reset, odd":             {headers: []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "-1"}, least: 250 * time.Millisecond, most: 500 * time.Millisecond},
		"reset, more remain":     {headers: []string{"X-RateLimit-Remaining", "5", "X-RateLimit-Reset", "946684811"}, least: 250 * time.Millisecond, most: 500 * time.Millisecond},
		"all that is allowed":    {headers: []string{"Retry-After", "60"}, least: time.Minute},
		"too long":               {headers: []string{"Retry-After", "61"}, err: "the server asks to wait until " + midnight.Add(61*time.Second).Format(time.DateTime) + " (1m1s), longer than max_wait allows"},
		"days":                   {headers: []string{"Retry-After", "172800"}, err: "the server asks to wait until " + midnight.AddDate(0, 0, 2).Format(time.DateTime) + " (48h0m0s), longer than max_wait allows"},
		"for ever":               {headers: []string{"Retry-After", "1000000000000"}, err: "longer than max_wait allows"},
		"and longer":             {headers: []string{"Retry-After", strings.Repeat("9", 40)}, err: "longer than max_wait allows"},
		"reset never":            {headers: []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1000000000000"}, err: "longer than max_wait allows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				took, err := wait(t.Context(), t, Config{MaxRetries: 1, MaxWait: time.Minute}, answers(429, `{}`, test.headers...), answers(204, ``))
				if took < test.least || took > max(test.least, test.most) {
					t.Errorf("took %s, want %s to %s", took, test.least, test.most)
				}
				if test.err == "" && err != nil || test.err != "" && (!errors.Is(err, ErrMustWait) || !strings.HasSuffix(err.Error(), test.err)) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// By itself the client waits twice as long each time, up to ten seconds, and
// never twice the same.
func TestBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var arrived []time.Time
		arrive := func(w http.ResponseWriter, r *http.Request) {
			arrived = append(arrived, time.Now())
			answers(502, `{}`)(w, r)
		}
		_, err := wait(t.Context(), t, Config{MaxRetries: 8, MaxWait: time.Hour}, arrive)
		wantError(t, err, "DELETE PREFIX/applications/grants/1: 502 Bad Gateway, after 9 attempts")
		for i, milliseconds := range []int{500, 1000, 2000, 4000, 8000, 10000, 10000, 10000} {
			most := time.Duration(milliseconds) * time.Millisecond
			if pause := arrived[i+1].Sub(arrived[i]); pause < most/2 || pause > most {
				t.Errorf("wait %d is %s, want %s to %s", i+1, pause, most/2, most)
			}
		}
	})
}

// All waits of a call together have one bound.
func TestMaxWait(t *testing.T) {
	t.Parallel()
	asks := answers(503, `{}`, "Retry-After", "25")
	for name, test := range map[string]struct {
		cfg      Config
		answer   http.HandlerFunc
		took     time.Duration
		attempts int
		mustWait bool
	}{
		"asked":   {Config{MaxRetries: 9, MaxWait: time.Minute}, asks, 50 * time.Second, 3, true},
		"none":    {Config{MaxRetries: 9}, asks, 0, 1, true},
		"unasked": {Config{MaxRetries: 9}, answers(502, `{}`), 0, 1, false},
		"repeats": {Config{MaxRetries: 1, MaxWait: time.Minute}, asks, 25 * time.Second, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				took, err := wait(t.Context(), t, test.cfg, test.answer)
				e, ok := errors.AsType[*Error](err)
				if !ok || e.Attempts != test.attempts || took != test.took || errors.Is(err, ErrMustWait) != test.mustWait {
					t.Errorf("took %s, error %v", took, err)
				}
			})
		})
	}
}

// A wait ends with the context, and none begins that the context would end.
func TestWait_context(t *testing.T) {
	t.Parallel()
	asks := answers(503, `{}`, "Retry-After", "25")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		took, err := wait(ctx, t, Config{MaxRetries: 9, MaxWait: time.Minute}, asks)
		if took != 3*time.Second || err != context.Canceled { //nolint:errorlint // Nothing around it.
			t.Errorf("took %s, error %v", took, err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		took, err = wait(ctx, t, Config{MaxRetries: 9, MaxWait: time.Minute}, asks)
		wantError(t, err, "DELETE PREFIX/applications/grants/1: 503 Service Unavailable, after 2 attempts")
		if took != 25*time.Second {
			t.Errorf("took %s", took)
		}
	})
}
