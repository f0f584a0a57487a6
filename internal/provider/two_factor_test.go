package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// testSeed is "not a real seed 1234" in base32.
const testSeed = "NZXXIIDBEBZGKYLMEBZWKZLEEAYTEMZU"

// twoFactors has the user sign in with codes of testSeed as well.
func twoFactors(o *ghessim.Options) {
	o.Users[0].VerifyOTP = func(code string, now time.Time) bool {
		return slices.ContainsFunc([]time.Duration{-totpPeriod, 0, totpPeriod}, func(skew time.Duration) bool {
			valid, err := totpCode(testSeed, now.Add(skew))
			return err == nil && code == valid
		})
	}
}

// withSetting is a configuration of n authorizations with one more line in the
// provider block.
func (i *instance) withSetting(line string, n int) string {
	return strings.Replace(i.config(configOfMany(n)), "provider \"ghes\" {", "provider \"ghes\" {\n  "+line, 1)
}

// The provider computes a code for every request, in whatever spelling the TOTP secret
// is set.
func TestTwoFactor_totp(t *testing.T) {
	t.Parallel()
	for name, seed := range map[string]string{
		"plain":    testSeed,
		"as shown": "nzxx iidb-ebzg kylm ebzw kzle eayt emzu",
		"padded":   testSeed + "======\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t, twoFactors)
			w := newWorkspace(t, sim.withSetting(fmt.Sprintf("totp_secret = %q", seed), 20), WithClock(sim.now))
			w.must(0, "apply", "-auto-approve")
			sim.advance(1) // another time, another code
			w.must(0, "plan", "-detailed-exitcode")
			if n := len(sim.sent()); n != 23 {
				t.Errorf("%d requests, want 20 creates, 2 reads and a list", n)
			}
			for _, secret := range []string{seed, testSeed} {
				if strings.Contains(w.printed.String(), secret) {
					t.Error("the seed is printed")
				}
			}
		})
	}
}

// Codes are those of RFC 6238, appendix B, of six digits.
func TestTwoFactor_rfc6238(t *testing.T) {
	t.Parallel()
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		s := settings{totpSecret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}
		code, err := s.codes(func() time.Time { return time.Unix(at, 0) })()
		if err != nil || code != want {
			t.Errorf("at %d: %q, %v, want %q", at, code, err, want)
		}
	}
}

// Each error about a missing or refused code says what to do, after one request of
// fifty.
func TestTwoFactor_refused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		setting string
		clock   time.Duration // the provider's ahead of the server's
		header  string
		want    []string
	}{
		"none": {
			want: []string{"The user has two-factor authentication, so every request needs a one-time code", "set totp_secret, or GHES_TOTP_SECRET", "set otp, or GHES_OTP"},
		},
		"none, by message": {
			header: "required; sms",
			want:   []string{"this user's codes come by text message, and may have sent one for this request"},
		},
		"a wrong code": {
			setting: `otp = "abcdef"`,
			want:    []string{"The one-time code from otp, or GHES_OTP, is wrong or has expired", "set totp_secret"},
		},
		"a wrong seed": {
			setting: `totp_secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"`,
			want:    []string{"The server refused the code that the provider computed from totp_secret, or GHES_TOTP_SECRET", "the TOTP secret belongs to another user"},
		},
		"a clock behind": {
			setting: fmt.Sprintf("totp_secret = %q", testSeed), clock: -10 * time.Minute,
			want: []string{"the server's clock is ", "ahead of this machine's", "correct the wrong clock"},
		},
		"a clock ahead": {
			setting: fmt.Sprintf("totp_secret = %q", testSeed), clock: 10 * time.Minute,
			want: []string{"the server's clock is ", "behind this machine's"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t, twoFactors)
			if test.header != "" {
				sim.Intercept(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
					w.Header().Set("X-Github-Otp", test.header)
					respondJSON(w, http.StatusUnauthorized, map[string]string{"message": "Must specify two-factor authentication OTP code."})
				})
			}
			clock := WithClock(func() time.Time { return sim.now().Add(test.clock) })
			output := newWorkspace(t, sim.withSetting(test.setting, 50), clock).must(1, "apply", "-auto-approve", "-parallelism=50")
			contains(t, output, append(test.want, "401 Unauthorized: \"Must specify two-factor authentication OTP code", "The provider sends no more requests in this run")...)
			if n := strings.Count(output, "Error: Unable to create authorization"); n != 50 {
				t.Errorf("%d errors, want 50", n)
			}
			if err := sim.checkSent("POST /api/v3/authorizations"); err != nil {
				t.Error(err)
			}
			if strings.Contains(output, "abcdef") {
				t.Error("the code is printed")
			}
		})
	}
}

// An error distinguishes an expired code from a wrong one. No code is sent by message
// for a request that only reads.
func TestTwoFactor_expired(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, twoFactors)
	code, err := totpCode(testSeed, sim.now())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkspace(t, sim.withSetting(fmt.Sprintf("otp = %q", code), 2))
	w.must(0, "apply", "-auto-approve")
	requests := 0
	sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if requests++; requests == 2 {
			sim.advance(1)
		}
		next.ServeHTTP(w, r)
	})
	contains(t, w.must(1, "plan", "-parallelism=1"), "Unable to read authorization",
		"The one-time code from otp was accepted earlier in this run, and has expired since", "set totp_secret, or GHES_TOTP_SECRET")

	sim.Intercept(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("X-Github-Otp", "required; sms")
		respondJSON(w, http.StatusUnauthorized, map[string]string{"message": "Must specify two-factor authentication OTP code."})
	})
	w.write("main.tf", sim.withSetting("", 2))
	contains(t, w.must(1, "plan"), "It sends codes only for requests that create or change an authorization, and this request only reads")
}

// A wrong password is one request as well, however many resources there are.
func TestTwoFactor_wrongPassword(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, twoFactors)
	config := strings.ReplaceAll(sim.withSetting(fmt.Sprintf("totp_secret = %q", testSeed), 50), testPassword, "wrong-password")
	contains(t, newWorkspace(t, config).must(1, "apply", "-auto-approve", "-parallelism=50"), "401 Unauthorized: \"Bad credentials\"")
	if err := sim.checkSent("POST /api/v3/authorizations"); err != nil {
		t.Error(err)
	}
}

// One-time codes and TOTP secrets also come from the environment. The provider block
// takes precedence. So two blocks can share an environment and belong to users with a
// code or a TOTP secret each.
func TestTwoFactor_environment(t *testing.T) {
	sim := newInstance(t, twoFactors)
	code, err := totpCode(testSeed, sim.now())
	if err != nil {
		t.Fatal(err)
	}
	works := func(line string) {
		t.Helper()
		newWorkspace(t, sim.withSetting(line, 1), WithClock(sim.now)).must(0, "apply", "-auto-approve")
		sim.RevokeAuthorization(sim.only())
	}
	t.Setenv(envOTP, " "+code+"\n")
	works("")
	works(fmt.Sprintf("totp_secret = %q", testSeed))
	t.Setenv(envTOTPSecret, "\t"+strings.ToLower(testSeed)+"\n")
	works(fmt.Sprintf("otp = %q", code))
	contains(t, newWorkspace(t, sim.withSetting("", 1)).must(1, "plan"), "Error: Conflicting provider settings", "GHES_OTP or GHES_TOTP_SECRET")
	t.Setenv(envOTP, "")
	works("")
}
