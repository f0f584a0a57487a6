package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// readCodes reads the one-time code or the TOTP secret. Its errors have no path,
// because the CLI would print the line with the secret.
func (s *settings) readCodes(m providerModel) {
	code, secret := s.codeOrSecret(m)
	if hasControl(code) {
		s.diags.AddError("Invalid provider setting", "The one-time code, from otp or "+envOTP+
			", contains a control character, which a request cannot carry. The usual cause is a line break at its end. trimspace() removes it.")
	}
	s.otp = strings.NewReplacer(" ", "", "-", "").Replace(code) // apps show it in groups
	if secret == "" {
		return
	}
	s.totpSecret = normalizeTOTPSecret(secret)
	s.secrets.Add(s.totpSecret)
	if _, err := totpCode(s.totpSecret, time.Unix(0, 0)); err != nil {
		s.diags.AddError("Invalid provider setting", "The TOTP secret, from totp_secret or "+envTOTPSecret+
			", is not base32: letters and the digits 2 to 7. Set it to the text that the server shows beside the QR code when you set up an authenticator app, not to a code of six digits.")
	}
}

// codeOrSecret returns the one-time code and the TOTP secret, at most one of them. One
// in the provider block takes precedence over the other in the environment, which may
// be for another provider block.
func (s *settings) codeOrSecret(m providerModel) (code, secret string) {
	code, codeKnown := s.redact(s.stringOrEnv("otp", envOTP, m.OTP))
	secret, secretKnown := s.redact(s.stringOrEnv("totp_secret", envTOTPSecret, m.TOTPSecret))
	if !codeKnown || !secretKnown || code == "" || secret == "" {
		return code, secret
	}
	switch {
	case isSet(m.OTP) && !isSet(m.TOTPSecret):
		return code, ""
	case isSet(m.TOTPSecret) && !isSet(m.OTP):
		return "", secret
	}
	s.diags.AddError("Conflicting provider settings", "Both a one-time code and a TOTP secret are set. Set either otp or totp_secret in the provider block, or either "+envOTP+" or "+envTOTPSecret+
		" in the environment. With totp_secret, the provider computes the codes.")
	return code, secret
}

// normalizeTOTPSecret removes what authenticator apps and web pages add to a TOTP secret
// to make it readable.
func normalizeTOTPSecret(secret string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n-=", r) {
			return -1
		}
		return r
	}, secret))
}

// codes returns the function that returns the code for a request. It is nil without
// two-factor settings.
func (s *settings) codes(now func() time.Time) func() (string, error) {
	switch {
	case s.otp != "":
		return func() (string, error) { return s.otp, nil }
	case s.totpSecret != "":
		return func() (string, error) { return totpCode(s.totpSecret, now()) }
	}
	return nil
}

// clockTolerance is by how much two clocks may differ without making codes invalid.
const clockTolerance = totpPeriod

// otpAdvice says what to do about a one-time code that is missing or was refused.
func otpAdvice(e *ghes.Error) string {
	const useSecret = "set totp_secret, or " + envTOTPSecret + " in the environment, to the user's TOTP secret"
	switch {
	case e.Is(ghes.ErrOTPExpired):
		return "The one-time code from otp was accepted earlier in this run, and has expired since then. For runs that take longer than a code is valid, " + useSecret + ". Then the provider computes a new code for every request."
	case e.Is(ghes.ErrOTPRefused):
		return "The one-time code from otp, or " + envOTP + ", is wrong or has expired. Set the current code, or " + useSecret + "."
	case e.Is(ghes.ErrOTPComputed) && e.ClockAhead.Abs() > clockTolerance:
		direction := "ahead of"
		if e.ClockAhead < 0 {
			direction = "behind"
		}
		return fmt.Sprintf("The server refused the code that the provider computed from totp_secret, and the server's clock is %s %s this machine's clock. Codes depend on the time: correct the wrong clock.",
			e.ClockAhead.Abs().Round(time.Second), direction)
	case e.Is(ghes.ErrOTPComputed):
		return "The server refused the code that the provider computed from totp_secret, or " + envTOTPSecret + ". The clocks seem to agree. So the TOTP secret belongs to another user, or the user has set up two-factor authentication again. Set the current TOTP secret."
	}
	advice := "The user has two-factor authentication, so every request needs a one-time code. For unattended runs " + useSecret +
		". For a short run, which finishes before the code expires, set otp, or " + envOTP + ", to the current code."
	switch {
	case e.SMS && e.Method == "GET":
		advice += " The server says that this user's codes come by text message. It sends codes only for requests that create or change an authorization, and this request only reads. Set up an authenticator app instead."
	case e.SMS:
		advice += " The server says that this user's codes come by text message, and may have sent one for this request. An authenticator app would have a TOTP secret."
	}
	return advice
}
