package ghes

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// askedPause returns how long an answer asks to wait, and whether it asks at
// all. It is 0 where that time has come.
func askedPause(resp *http.Response, received time.Time) (time.Duration, bool) {
	now := received
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		now = date
	}
	if pause, ok := retryAfter(resp.Header, now); ok {
		return pause, true
	}
	if resp.Header.Get("X-Ratelimit-Remaining") != "0" {
		return 0, false
	}
	reset, err := strconv.ParseInt(resp.Header.Get("X-Ratelimit-Reset"), 10, 64)
	if err != nil || reset < 0 {
		return 0, false
	}
	return max(0, time.Unix(reset, 0).Sub(now)), true
}

// retryAfter reads a Retry-After header: seconds from now on, or a time.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(header.Get("Retry-After"))
	seconds, err := strconv.ParseUint(text, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(math.MaxInt64/time.Second))) * time.Second, true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return max(0, at.Sub(now)), true
}

// mustWait returns the ErrMustWait of a pause.
func mustWait(pause time.Duration) error {
	layout := time.TimeOnly
	if pause >= 24*time.Hour {
		layout = time.DateTime
	}
	return &plainError{fmt.Sprintf("the server asks to wait until %s (%s), %s",
		time.Now().Add(pause).Format(layout), pause.Round(time.Second), ErrMustWait), ErrMustWait}
}
