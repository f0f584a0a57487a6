package ghes

import (
	"net/http"
	"strings"
	"time"
)

// codes is what there is to know of the one-time codes that requests have.
type codes struct {
	given, fixed bool
	now          func() time.Time
}

func codesOf(cfg Config) codes {
	c := codes{given: cfg.OTP != nil, fixed: cfg.OTPFixed, now: cfg.Now}
	if c.now == nil {
		c.now = time.Now
	}
	return c
}

// challenge records in e what a 401 that asks for a code tells: whether there was
// one, whether it was right before, and whether the two clocks agree.
func (c *Client) challenge(e *Error, header http.Header) {
	asked := strings.ToLower(header.Get("X-Github-Otp"))
	if e.Status != http.StatusUnauthorized || !strings.HasPrefix(asked, "required") {
		return
	}
	e.SMS = strings.HasSuffix(asked, "sms")
	switch {
	case !c.codes.given:
		e.otp = ErrOTPMissing
	case !c.codes.fixed:
		e.otp = ErrOTPComputed
	case c.credentials.isProven():
		e.otp = ErrOTPExpired
	default:
		e.otp = ErrOTPRefused
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		// Date has whole seconds.
		e.ClockAhead = date.Sub(c.codes.now().Truncate(time.Second))
	}
}
