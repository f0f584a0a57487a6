package redact

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSecrets_Sanitize(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	secrets.Add("correct-horse", "two words", "tab\tand\nline")
	for text, want := range map[string]string{
		"":                                     "",
		" \t\r\n ":                             "",
		"Bad credentials":                      "Bad credentials",
		"one\r\ntwo\n\n three\tfour\v\f five ": "one two three four five",
		"\x1b]0;title\a":                       "]0;title",
		"\x1b[31mred\x1b[0m":                   "[31mred [0m",
		"\u009b31mred":                         "31mred",
		"nul\x00del\x7f":                       "nul del",
		"user\u202Etxt.exe\u2066x\u2069":       "user txt.exe x",
		"zero\u200Bwidth\uFEFFjoin\u200Der":    "zero width join er",
		"soft\u00ADhyphen":                     "soft hyphen",
		"filler\u3164\u115Fselector\uFE0F.":    "filler selector .",
		"wide\u3000blank\u00A0\u2028line":      "wide blank line",
		"not\xffUTF-8\xc3":                     "not\uFFFDUTF-8\uFFFD",
		"e\u0301 ﷺ नि ไทย":                     "e\u0301 ﷺ नि ไทย",
		"größe-密码-🔑":                           "größe-密码-🔑",
		"<correct-horse>":                      "<***>",
		`<correct\u002dhorse>`:                 "<***>",
		"tab\tand\nline":                       "***",
		"two\nwords":                           "***",
		"two\u200Bwords":                       "***",
		"Authorization: Basic b2N0\r\nNote: 1": "Authorization: Basic *** Note: 1",
		`{"password":"hunter2"}`:               `{"password":"***"}`,
	} {
		if got := secrets.Sanitize(text, 100); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestSecrets_Sanitize_limit(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	secrets.Add("correct-horse")
	for text, want := range map[string]string{
		"1234567":                      "1234567",
		"12345678":                     "1234567…",
		"1234567\r\n":                  "1234567",
		"密码密码密码密":                      "密码密码密码密",
		"密码密码密码密码":                     "密码密码密码密…",
		"12345 correct-horse":          "12345 *…",
		"correct-horse correct-horse":  "*** ***",
		strings.Repeat(" ", maxRead):   "",
		strings.Repeat(" ", maxRead+1): "…",
	} {
		if got := secrets.Sanitize(text, 7); got != want {
			t.Errorf("%.50q became %q, want %q", text, got, want)
		}
	}
}

// A secret that is cut in two is redacted, wherever the cut is.
func TestSecrets_cut(t *testing.T) {
	t.Parallel()
	// Quotes that a shell adds may remain.
	isRedacted := regexp.MustCompile(`^x['"$\\\n]*(\*\*\*)?['"$\n]*$`)
	for _, secret := range []string{"p*ss w'rd/é=x", "päss<wörd>&amp;", "密码密码", madeUpToken, keyPEM} {
		var secrets Secrets
		secrets.Add(secret)
		for _, s := range spellings {
			text := s.spell(secret)
			for size := 1; size < len(text); size += 1 + len(text)*len(text)/20_000 {
				if got := secrets.redactStart("x"+text+" y", 1+size); !isRedacted.MatchString(got) {
					t.Errorf("%.50q as %s, cut after %d bytes of %.100q, became %.100q", secret, s.name, size, text, got)
				}
			}
		}
	}
}

func TestSecrets_Sanitize_cut(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	secrets.Add("correct-horse", keyPEM)
	for _, secret := range []string{"correct-horse", "correct&#x2d;horse", keyPEM, url.QueryEscape(keyPEM)} {
		text := strings.Repeat(" ", maxRead-10) + "x" + secret + strings.Repeat(" y", maxRead)
		if got := secrets.Sanitize(text, maxRead); got != "x***…" {
			t.Errorf("%.50q became %q", secret, got)
		}
	}
}

// A character that is cut in two does not become an invalid one.
func TestSecrets_Sanitize_cutCharacter(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	for shift := range utf8.UTFMax {
		text := strings.Repeat(" ", maxRead-10+shift) + strings.Repeat("🔑", 10)
		if got := strings.Trim(secrets.Sanitize(text, maxRead), "🔑"); got != "…" {
			t.Errorf("the end became %q", got)
		}
	}
}

// A token is redacted even if it was not added, and the cut leaves less of it
// than its form needs.
func TestSecrets_Sanitize_cutToken(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	for length := range len(madeUpToken) {
		text := strings.Repeat(" ", maxRead-length-1) + "x" + madeUpToken + " y"
		if got := strings.Replace(secrets.Sanitize(text, maxRead), "***", "", 1); got != "x…" {
			t.Errorf("cut after %d bytes: %q", length, got)
		}
	}
}
