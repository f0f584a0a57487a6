package ghes

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// requireOTP accepts a one-time code in the first few requests, and refuses all others.
func requireOTP(code string, times int64, challenge, date string) http.HandlerFunc {
	var accepted atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Github-Otp") == code && accepted.Add(1) <= times {
			reply(http.StatusNoContent, "")(w, r)
			return
		}
		w.Header()["Date"] = []string{date}
		w.Header().Set("X-Github-Otp", challenge)
		reply(http.StatusUnauthorized, `{"message":"Must specify two-factor authentication OTP code."}`)(w, r)
	}
}

func TestOTP(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 900_000_000, time.UTC)
	code := func(code string) func() (string, error) { return func() (string, error) { return code, nil } }
	for name, test := range map[string]struct {
		cfg       Config
		challenge string
		date      string
		want      error
		accepted  int64
		ahead     time.Duration
		sms       bool
	}{
		"none given":             {want: ErrOTPMissing, date: "Sun, 01 Mar 2026 12:00:00 GMT"},
		"by text message":        {want: ErrOTPMissing, challenge: "required; sms", sms: true},
		"as documented":          {want: ErrOTPMissing, challenge: "required; SMS", sms: true},
		"without a kind":         {want: ErrOTPMissing, challenge: "required"},
		"fixed and wrong":        {cfg: Config{Connection: Connection{OTP: code("000000")}, OTPFixed: true}, want: ErrOTPRefused},
		"fixed, was accepted":    {cfg: Config{Connection: Connection{OTP: code("123456")}, OTPFixed: true}, accepted: 2, want: ErrOTPExpired},
		"computed":               {cfg: Config{Connection: Connection{OTP: code("000000")}}, want: ErrOTPComputed, date: "Sun, 01 Mar 2026 12:02:00 GMT", ahead: 2 * time.Minute},
		"computed, was accepted": {cfg: Config{Connection: Connection{OTP: code("123456")}}, accepted: 1, want: ErrOTPComputed, date: "Sun, 01 Mar 2026 11:59:59 GMT", ahead: -time.Second},
		"no clock":               {cfg: Config{Connection: Connection{OTP: code("000000")}}, want: ErrOTPComputed, date: "noon"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.challenge == "" {
				test.challenge = "required; app"
			}
			test.cfg.Now = func() time.Time { return now }
			c, sent := serveWith(t, requireOTP("123456", test.accepted, test.challenge, test.date), test.cfg)
			for range test.accepted {
				if err := c.DeleteGrant(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
			}
			err := c.DeleteGrant(t.Context(), 1)
			wantIs(t, err, ErrOTP)
			e, ok := errors.AsType[*Error](err)
			if !ok || !errors.Is(err, test.want) || e.ClockAhead != test.ahead || e.SMS != test.sms {
				t.Errorf("error %+v, want %v, %s ahead, by text message %t", e, test.want, test.ahead, test.sms)
			}
			wantNotSent(t, c.DeleteGrant(t.Context(), 1), err)
			if n := sent.count(""); n != int(test.accepted)+1 {
				t.Errorf("%d requests, want %d", n, test.accepted+1)
			}
		})
	}
}

// A one-time code is redacted like a password. If no code can be computed, no request is sent.
func TestOTP_secret(t *testing.T) {
	t.Parallel()
	var fail atomic.Bool
	c, sent := serveWith(t, func(w http.ResponseWriter, r *http.Request) {
		reply(http.StatusInternalServerError, `{"message":"sent `+r.Header.Get("X-Github-Otp")+`"}`)(w, r)
	}, Config{Connection: Connection{OTP: func() (string, error) {
		if fail.Load() {
			return "", errors.New("no clock")
		}
		return "123456", nil
	}}})
	_, err := c.RefreshAuthorization(t.Context(), 1)
	wantError(t, err, "GET PREFIX/authorizations/1: 500 Internal Server Error: \"sent ***\"")
	fail.Store(true)
	_, err = c.RefreshAuthorization(t.Context(), 1)
	wantError(t, err, "GET PREFIX/authorizations/1: no clock")
	if n := sent.count(""); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// Several kinds of servers respond to http on a port that wants https.
func TestWantsHTTPS(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"Go": func(w http.ResponseWriter, _ *http.Request) { hijack(w, "HTTP/1.0 400 Bad Request\r\n\r\nno\n") },
		"nginx": func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<p>no")
		},
		"alert": func(w http.ResponseWriter, _ *http.Request) { hijack(w, "\x15\x03\x01\x00\x02\x02\x46\r\n\r\n") },
	} {
		c, _ := serve(t, handler)
		if err := c.DeleteGrant(t.Context(), 1); !errors.Is(err, ErrWantsHTTPS) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	c, _ := serve(t, reply(400, `{"message":"Problems parsing JSON"}`))
	if err := c.DeleteGrant(t.Context(), 1); errors.Is(err, ErrWantsHTTPS) || !strings.Contains(err.Error(), "Problems parsing JSON") {
		t.Errorf("the API's own 400: error %v", err)
	}
}
