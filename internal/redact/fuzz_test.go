package redact

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRedact spells a secret in up to three ways, one inside the other, and looks for
// remains of it.
func FuzzRedact(f *testing.F) {
	f.Add("correct-horse", `{"message":"You sent `, `"}`, uint64(0))
	f.Add(madeUpToken, "token=", "&note=ci", uint64(1))
	f.Add("größe\xff\n\"\\", "Authorization: Basic ", "\r\nAccept: */*", uint64(0x0205))
	f.Add("<b>&amp;</b>/", `{\"otp\":\"`, `\",'`, uint64(0x2103))
	f.Add("p*ss w'rd/é=x", "aa", "aaaaa", uint64(0x041017))
	f.Fuzz(func(t *testing.T, secret, before, after string, ways uint64) {
		var none, secrets Secrets
		secrets.Add(secret)
		spelled := secret
		for range 3 {
			spelled = spellings[ways%256%uint64(len(spellings))].spell(spelled)
			ways /= 256
		}
		text := before + " " + spelled + " " + after
		if len(text) > 10_000 {
			t.Skip("takes long, and finds nothing that a shorter text does not")
		}
		redacted := secrets.Redact(text)
		if shortestForm(secret) >= minLength && !strings.Contains(secret, "*") {
			if strings.Contains(redacted, " "+spelled+" ") {
				t.Errorf("%q is in %q", spelled, redacted)
			}
			if line := secrets.Sanitize(text, 1000); strings.Contains(line, secret) {
				t.Errorf("%q is in %q", secret, line)
			}
		}
		if line := none.Sanitize(text, 10); utf8.RuneCountInString(line) > 11 || strings.ContainsFunc(line, isHidden) || !utf8.ValidString(line) {
			t.Errorf("%q became %q", text, line)
		}
		if got := none.Redact(text); got != text && !hasName(text) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func isHidden(r rune) bool { return r != ' ' && isInvisible(r) }

// hasName reports whether text has the name of a secret or the form of a token.
func hasName(text string) bool {
	folded := strings.ToLower(strings.ToUpper(text)) // as the regular expression folds letters
	return slices.ContainsFunc([]string{"passw", "secret", "token", "otp", "authorization", "cookie", "gh", "github_pat"},
		func(name string) bool { return strings.Contains(folded, name) })
}

// shortestForm returns the length of a secret without quotes and bytes that are not
// UTF-8, and after decoding. Redact ignores short forms.
func shortestForm(secret string) int {
	shortest := len(secret)
	layerOf(strings.ToValidUTF8(secret, "")).walk(func(l layer) { shortest = min(shortest, len(l.text)) })
	return shortest
}
