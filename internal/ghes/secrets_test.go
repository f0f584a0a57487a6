package ghes

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// madeUpToken has the form of a token, and is none: its checksum is wrong.
const madeUpToken = "ghp_notARealTokenNotARealTokenNotARe00000"

// Every way in which a server may repeat a value is masked, also inside a text
// that is quoted once more.
func TestSecrets_values(t *testing.T) {
	t.Parallel()
	quoted := func(s any) string {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	echoes := map[string]func(string) string{
		"plain":               func(s string) string { return s },
		"JSON":                func(s string) string { return quoted(s) },
		"JSON in JSON":        func(s string) string { return quoted(quoted(map[string]string{"x": s})) },
		"JSON, slash":         func(s string) string { return strings.ReplaceAll(jsonText(s, false), "/", `\/`) },
		"Go":                  strconv.Quote,
		"Go, ASCII":           strconv.QuoteToASCII,
		"Go in JSON":          func(s string) string { return quoted(strconv.Quote(s)) },
		"query":               url.QueryEscape,
		"query, lower case":   func(s string) string { return lowerHex(url.QueryEscape(s)) },
		"path":                url.PathEscape,
		"query in a query":    func(s string) string { return url.QueryEscape("x=" + url.QueryEscape(s)) },
		"HTML":                html.EscapeString,
		"base64":              func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"base64, URL":         func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
		"base64, in a query":  func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) },
		"decoded from JSON":   func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") },
		"JSON of other tools": func(s string) string { return jsonASCII(s) },
	}
	for _, secret := range []string{
		"correct-horse", madeUpToken, `a"quote\and'others`, "<b>&amp;</b>%41 100%", "größe-密码-🔑", "line\nbreak\ttab\x01\x7f", "not\xffUTF-8", "four", "////????>>>>",
	} {
		var secrets Secrets
		secrets.Add("another-secret", secret)
		for name, echo := range echoes {
			text := echo(secret)
			if got := strings.Trim(secrets.Mask("x "+text+" y"), "x y=%3D"); strings.Trim(got, `\"`) != "***" && !strings.HasSuffix(got, `:\"***\"}"`) {
				t.Errorf("%q as %s, %q, became %q", secret, name, text, got)
			}
		}
	}
}

func TestSecrets_Mask(t *testing.T) {
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
		if got := secrets.Mask(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// What stands after the name of a secret is masked, whatever it is.
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
	} {
		if got := secrets.Mask(text); got != want {
			t.Errorf("%s\nbecame %s\nwant   %s", text, got, want)
		}
	}
}

// The API's own words stay as they are.
func TestSecrets_words(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	secrets.Add("correct-horse", madeUpToken)
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
		if got := secrets.Mask(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// A run may make thousands of tokens, and log as many requests.
func TestSecrets_many(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	token := func(i int) string { return fmt.Sprintf("ghp_%030d000000", i) }
	start := time.Now()
	var adding sync.WaitGroup
	for worker := range 10 {
		adding.Go(func() {
			for i := range 500 {
				secrets.Add(token(10*i+worker), "client-secret")
				secrets.Mask("/api/v3/authorizations/1")
			}
		})
	}
	adding.Wait()
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("%s for 5000 tokens", took)
	}
	if got := secrets.Mask(token(0) + " " + token(4999)); got != "*** ***" {
		t.Error(got)
	}
}

func BenchmarkSecrets_Mask(b *testing.B) {
	var secrets Secrets
	for i := range 5000 {
		secrets.Add(fmt.Sprintf("ghp_%030d000000", i))
	}
	for b.Loop() {
		secrets.Mask("/api/v3/authorizations/clients/1234567890abcdefghij/ci")
	}
}

func BenchmarkSecrets_Add(b *testing.B) {
	var secrets Secrets
	i := 0
	for b.Loop() {
		i++
		secrets.Add(fmt.Sprintf("ghp_%030d000000", i))
	}
}

// FuzzSecrets_Mask looks for a secret in what is left of any text with it, and
// for changes to text that has none.
func FuzzSecrets_Mask(f *testing.F) {
	f.Add("correct-horse", `{"message":"You sent `, `"}`)
	f.Add(madeUpToken, "token=", "&note=ci")
	f.Add("größe\xff\n\"\\", "Authorization: Basic ", "\r\nAccept: */*")
	f.Add("<b>&amp;</b>/", `{\"otp\":\"`, `\",'`)
	f.Add("aaaa", "aa", "aaaaa")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		var none, secrets Secrets
		secrets.Add(secret)
		text := before + secret + after
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{text, string(quoted), before + inner(string(quoted)) + after} {
			masked := secrets.Mask(text)
			_ = secrets.Mask(masked) // finds more where a line break was masked
			// A mask and what is beside it may look like a secret with stars.
			if len(secret) < minSecret || strings.Contains(secret, "*") {
				continue
			}
			for _, form := range []string{secret, jsonText(secret, true), jsonText(secret, false)} {
				if strings.Contains(masked, form) {
					t.Errorf("%q is in %q", form, masked)
				}
			}
		}
		// As the names of secrets are found: whatever their letters' case.
		folded := strings.ToLower(strings.ToUpper(text))
		named := slices.ContainsFunc([]string{"passw", "secret", "token", "otp", "authorization", "cookie", "gh", "github_pat"},
			func(name string) bool { return strings.Contains(folded, name) })
		if got := none.Mask(text); !named && got != text {
			t.Errorf("%q became %q", text, got)
		}
	})
}
