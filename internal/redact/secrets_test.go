package redact

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestSecrets_Redact(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	secrets.Add("", "abc", "correct-horse", "correct-horse-battery", "battery-staple", "correct-horse")
	for text, want := range map[string]string{
		"":                                     "",
		"abc":                                  "abc",
		"correct-hors":                         "correct-hors",
		"correct-horsecorrect-horse.":          "***.",
		"<correct-horse-battery>":              "<***>",
		"<correct-horse-battery-staple>":       "<***>",
		"correct-horse and battery-staple":     "*** and ***",
		"of GitHub: " + madeUpToken + ", gone": "of GitHub: ***, gone",
		"gho_" + strings.Repeat("a", 35):       "gho_" + strings.Repeat("a", 35),
		"github_pat_11AAAAAAA0notarealtoken_x": "***",
	} {
		if got := secrets.Redact(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestSecrets_zero(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	if got := secrets.Redact("correct-horse"); got != "correct-horse" {
		t.Errorf("Redact returned %q", got)
	}
	if got := secrets.Sanitize("correct-horse", 100); got != "correct-horse" {
		t.Errorf("Sanitize returned %q", got)
	}
}

// The value that follows the name of a secret is redacted, whatever it is.
func TestSecrets_names(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	for text, want := range map[string]string{
		`{"password":"hunter2","note":"ci"}`:                  `{"password":"***","note":"ci"}`,
		`{"client_secret" : "a\"b\\", "note": "ci"}`:          `{"client_secret" : "***", "note": "ci"}`,
		`{\"token\":\"a\\\"b\\\\\",\"note\":\"ci\"}`:          `{\"token\":\"***\",\"note\":\"ci\"}`,
		`{\\\"otp\\\":\\\"123456\\\",\\\"note\\\":\\\"ci\\\"`: `{\\\"otp\\\":\\\"***\\\",\\\"note\\\":\\\"ci\\\"`,
		`{"token":"cut off`:                                   `{"token":"***`,
		`{"token":"","id":1}`:                                 `{"token":"","id":1}`,
		`{"totp_secret":null,"id":1}`:                         `{"totp_secret":***,"id":1}`,
		`{"id":1,"token":`:                                    `{"id":1,"token":`,
		`{"Authorization":["Basic b2N0b2NhdA=="],"Accept":1}`: `{"Authorization":["***"],"Accept":1}`,
		`{"HTTP_AUTHORIZATION"=>"Basic b2N0", :otp=>'1'}`:     `{"HTTP_AUTHORIZATION"=>"***", :otp=>'***'}`,
		"/x?access_token=abc&note=ci password=abc; user=x":    "/x?access_token=***&note=ci password=***; user=x",
		"Authorization: Basic b2N0\r\nAccept: */*":            "Authorization: Basic ***\r\nAccept: */*",
		"authorization: token abc":                            "authorization: token ***",
		"'Proxy-Authorization: Digest a=\"b\", c=\"d\"', x":   "'Proxy-Authorization: ***', x",
		`["Authorization: Basic b2N0","Accept: */*"]`:         `["Authorization: Basic ***","Accept: */*"]`,
		`["Authorization: Digest a=\"b\", c=\"d\"","x"]`:      `["Authorization: ***","x"]`,
		`{\"h\":\"Cookie: a=\\\"b\\\"; c\",\"x\":1}`:          `{\"h\":\"Cookie: ***\",\"x\":1}`,
		"X-GitHub-OTP: 123456\nNote: 1":                       "X-GitHub-OTP: ***\nNote: 1",
		"Set-Cookie: session=abc; Path=/; Secure\nNote: 1":    "Set-Cookie: ***\nNote: 1",
		"passwd = hunter2, user = x":                          "passwd = ***, user = x",
		`"hashed_token":"26f656fc","token_last_eight":"1"`:    `"hashed_token":"26f656fc","token_last_eight":"1"`,
		"password: token: abc, x":                             "password: *** ***, x",
		"cookie: token=a; secret=b\ntoken=c;":                 "cookie: ***\ntoken=***;",
		`token=\a\"b`:                                         `token=***"b`,
		`token=\\\`:                                           `token=***`,
	} {
		if got := secrets.Redact(text); got != want {
			t.Errorf("%s\nbecame %s\nwant   %s", text, got, want)
		}
	}
}

// The API's own words stay as they are.
func TestSecrets_words(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	secrets.Add("correct-horse", madeUpToken, "p*ss w'rd/é=x", keyPEM)
	for _, text := range []string{
		"Bad credentials",
		"Must specify two-factor authentication OTP code.",
		"Must authenticate to access this API.",
		"This API can only be accessed with username and password Basic Auth",
		"Maximum number of login attempts exceeded. Please try again later.",
		"Invalid OAuth application client_id or secret.",
		"Invalid request.\n\n\"client_secret\" wasn't supplied.",
		"OauthAccess.description: already_exists",
		"OauthAccess.fingerprint: missing_field",
		"required; app",
		"1C3A:0B2D:5A6F1:8E4D2:65A1B2C3",
		"/api/v3/authorizations/clients/1234567890abcdefghij/ci%2Fcd",
		"tls: failed to verify certificate: x509: certificate signed by unknown authority",
		"dial tcp 127.0.0.1:1: connect: connection refused",
	} {
		if got := secrets.Redact(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// A run may create thousands of tokens, and log as many requests.
func TestSecrets_many(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	var adding sync.WaitGroup
	for worker := range 10 {
		adding.Go(func() {
			for i := range 500 {
				secrets.Add(numberedToken(10*i+worker), "client-secret")
				secrets.Redact("/authorizations/1")
			}
		})
	}
	adding.Wait()
	if got := secrets.Redact(numberedToken(0) + " " + numberedToken(4999)); got != "*** ***" {
		t.Error(got)
	}
	// Tokens of one length take the same few searches, and as many hashes each.
	if len(secrets.powers) > 10 || len(secrets.hashes) > 10*5001 {
		t.Errorf("%d lengths and %d hashes", len(secrets.powers), len(secrets.hashes))
	}
}

// numberedToken returns a value that shares most of its bytes with all others.
// It does not have the form of a token.
func numberedToken(i int) string { return fmt.Sprintf("ghp_%030d%06d?", 0, i)[1:] }

func manySecrets() *Secrets {
	secrets := &Secrets{}
	for i := range 5000 {
		secrets.Add(numberedToken(i))
	}
	secrets.Add("correct-horse", "p*ss w'rd/é=x", "123456", strings.Repeat("a", 3000), keyPEM)
	return secrets
}

func BenchmarkSecrets_Redact(b *testing.B) {
	secrets := manySecrets()
	for name, unit := range hostileUnits {
		for _, size := range []int{100, 10_000, 100_000, 1_000_000} {
			text := repeat(unit, size)
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					secrets.Redact(text)
				}
			})
		}
	}
}

func BenchmarkSecrets_Sanitize(b *testing.B) {
	secrets := manySecrets()
	text := repeat("authorization:", 400_000)
	for b.Loop() {
		secrets.Sanitize(text, 500)
	}
}

func BenchmarkSecrets_Add(b *testing.B) {
	b.ReportAllocs()
	var secrets Secrets
	i := 0
	for b.Loop() {
		i++
		secrets.Add(numberedToken(i))
	}
}
