package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// readCodes reads the one-time code or the seed of codes. Errors have no path:
// the CLI would print the line that holds the secret.
func (s *settings) readCodes(m providerModel) {
	code, codeKnown := s.secret(s.text("otp", envOTP, m.OTP))
	seed, seedKnown := s.secret(s.text("totp_secret", envTOTPSecret, m.TOTPSecret))
	switch {
	case !codeKnown || !seedKnown || code == "" || seed == "":
	case isSet(m.OTP) && !isSet(m.TOTPSecret):
		seed = "" // the environment's, for another provider block
	case isSet(m.TOTPSecret) && !isSet(m.OTP):
		code = ""
	default:
		s.diags.AddError("Conflicting provider settings", "Set otp or totp_secret in the provider block, or "+envOTP+" or "+envTOTPSecret+
			" in the environment, but not both: codes are given, or computed.")
	}
	if hasControl(code) {
		s.diags.AddError("Invalid provider setting", "The one-time code, from otp or "+envOTP+
			", contains a control character, which a request cannot carry. A line break at its end is the usual cause; trimspace() removes it.")
	}
	s.otp = strings.NewReplacer(" ", "", "-", "").Replace(code) // as apps show it
	if seed == "" {
		return
	}
	s.totpSeed = plainSeed(seed)
	s.secrets.Add(s.totpSeed)
	if _, err := totp.GenerateCode(s.totpSeed, time.Unix(0, 0)); err != nil || s.totpSeed == "" {
		s.diags.AddError("Invalid provider setting", "The seed of one-time codes, from totp_secret or "+envTOTPSecret+
			", is not base32: letters and the digits 2 to 7. It is the text that is shown beside the QR code when an authenticator app is set up, and no code of six digits.")
	}
}

// plainSeed undoes how authenticator apps and web pages show a seed.
func plainSeed(seed string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n-=", r) {
			return -1
		}
		return r
	}, seed))
}

// codes returns what gives the code for a request, nil where there is none.
func (s *settings) codes(now func() time.Time) func() (string, error) {
	switch {
	case s.otp != "":
		return func() (string, error) { return s.otp, nil }
	case s.totpSeed != "":
		return func() (string, error) { return totp.GenerateCode(s.totpSeed, now()) }
	}
	return nil
}

// clockTolerance is how far two clocks may differ before codes may be refused
// for it: they change every 30 seconds.
const clockTolerance = 30 * time.Second

// otpAdvice says what to do about a code that is missing or was refused.
func otpAdvice(e *ghes.Error) string {
	const useSeed = "set totp_secret, or " + envTOTPSecret + " in the environment, to the seed of the codes"
	switch {
	case e.Is(ghes.ErrOTPExpired):
		return "The one-time code from otp was right earlier in this run, and has expired since. For a run that takes longer than a code is valid, " + useSeed + " instead: the provider then computes a new code for every request."
	case e.Is(ghes.ErrOTPRefused):
		return "The one-time code from otp, or " + envOTP + ", is wrong or has expired. Give the code of the moment, or " + useSeed + " instead."
	case e.Is(ghes.ErrOTPComputed) && e.ClockAhead.Abs() > clockTolerance:
		direction := "ahead of"
		if e.ClockAhead < 0 {
			direction = "behind"
		}
		return fmt.Sprintf("The code that was computed from totp_secret was refused, and the server's clock is %s %s this machine's. Codes depend on the time: set the clock that is wrong.",
			e.ClockAhead.Abs().Round(time.Second), direction)
	case e.Is(ghes.ErrOTPComputed):
		return "The code that was computed from totp_secret, or " + envTOTPSecret + ", was refused. The clocks agree, as far as the server tells, so the seed is not this user's, or not the one in use since two-factor authentication was set up anew."
	}
	advice := "The user has two-factor authentication, so every request needs a one-time code. For unattended runs " + useSeed +
		". For a run that is over before the code expires, set otp, or " + envOTP + ", to the code of the moment."
	switch {
	case e.SMS && e.Method == "GET":
		advice += " The server says that this user's codes come by text message. It sends one for a request that makes or changes an authorization only, and this was none: set up an authenticator app instead."
	case e.SMS:
		advice += " The server says that this user's codes come by text message. It has sent one for this request, if it sends any; with an authenticator app there would be a seed."
	}
	return advice
}
