package redact

import (
	"strings"
	"unicode"
)

const (
	// maxRead is how much of a text Sanitize returns at most, in bytes, before it shortens that. No
	// message is longer, but the error page of a proxy may be.
	maxRead = 8 << 10
	// maxExpansion is how many bytes spell one byte of a secret, at most. An entity in JSON in a
	// query, such as "%5Cu0026%23x27%3B", has 17.
	maxExpansion = 20
)

// Sanitize makes text that somebody else wrote fit for an error message or a log line. The result
// has no secrets, no line breaks, and no characters that are invisible or control a terminal. It
// has at most limit characters. If text was longer, "…" follows.
func (s *Secrets) Sanitize(text string, limit int) string {
	isCut := len(text) > maxRead
	line := printable(s.redactStart(text, maxRead))
	// A line break has become a blank, which may complete a secret.
	line = replace(line, s.findValues(line))
	if isCut {
		line = strings.TrimSuffix(line, "\uFFFD") // of a character that was cut in two
	}
	if runes := []rune(line); len(runes) > limit {
		line, isCut = string(runes[:limit]), true
	}
	if isCut {
		line += "…"
	}
	return line
}

// redactStart returns the first size bytes of text, redacted. It looks further into text, to find
// the secrets that would be cut in two.
func (s *Secrets) redactStart(text string, size int) string {
	text = text[:min(len(text), size+s.maxSpelling())]
	return replace(text[:min(len(text), size)], s.findAll(text))
}

// maxSpelling returns the length that the longest secret may have in a text. It is never less than
// that of a token, which is redacted even if it was not added.
func (s *Secrets) maxSpelling() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	longest := 64
	for length := range s.powers {
		longest = max(longest, length)
	}
	return maxExpansion * longest
}

// printable returns text in one line. A single blank replaces each run of white space and invisible
// characters: removing them could join parts of a secret.
func printable(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), isInvisible), " ")
}

// isInvisible reports whether r takes no space, or leaves it empty. Combining marks are visible,
// but some code points of that class are not.
func isInvisible(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsPrint(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
