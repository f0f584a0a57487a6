package ghes

import (
	"net/http"
	"strings"
	"time"
)

// challenge records in e what a 401 that asks for a code tells: whether there was
// one, whether it was right before, and whether the two clocks agree.
func (c *Client) challenge(e *Error, header http.Header) {
	asked := strings.ToLower(header.Get("X-Github-Otp"))
	if e.Status != http.StatusUnauthorized || !strings.HasPrefix(asked, "required") {
		return
	}
	e.SMS = strings.HasSuffix(asked, "sms")
	switch {
	case c.otp == nil:
		e.otp = ErrOTPMissing
	case !c.otpFixed:
		e.otp = ErrOTPComputed
	case c.credentials.isProven():
		e.otp = ErrOTPExpired
	default:
		e.otp = ErrOTPRefused
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		// Date has whole seconds.
		e.ClockAhead = date.Sub(c.now().Truncate(time.Second))
	}
}
