// Package redact keeps secrets out of error messages and log lines, however they are spelled there.
package redact

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"unicode"
)

const (
	// minLength is how many bytes a value must have to be redacted. Three characters are part of
	// many ordinary words, and the gaps in these would reveal the value.
	minLength = 4
	// maxRead is how many bytes of a text Sanitize uses. The error page of a proxy may be longer.
	maxRead = 8 << 10
	// maxExpansion is how many bytes spell one byte of a secret, at most. "%5Cu0026%23x27%3B" has
	// 17.
	maxExpansion = 20
	// multiplier is the base of the hash. It is odd, so no bits get lost.
	multiplier = 0x9E3779B97F4A7C15
)

// Secrets redacts values that must not be printed. It also redacts the values of fields whose names
// say that they are secret, and everything that has the form of a GitHub token. The zero value is
// ready to use, and safe for concurrent use.
type Secrets struct {
	mu     sync.RWMutex
	hashes map[uint64]bool // of every spelling of a secret that is searched
	powers map[int]uint64  // multiplier to the power of each length of these spellings
}

// Add makes Redact and Sanitize redact values, in every spelling in which servers write text.
// Values of less than four bytes are ignored.
func (s *Secrets) Add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hashes == nil {
		s.hashes, s.powers = map[uint64]bool{}, map[int]uint64{}
	}
	for _, value := range values {
		if len(value) < minLength {
			continue
		}
		for _, form := range formsOf(value) {
			// A text is decoded, and the value may look like an escape sequence.
			layerOf(form).walk(s.addForm)
		}
	}
}

func (s *Secrets) addForm(form layer) {
	length := len(form.text)
	if length < minLength {
		return
	}
	power := uint64(1)
	for range length {
		power *= multiplier
	}
	s.hashes[hashesOf(form.text)[length]], s.powers[length] = true, power
}

// Sanitize makes text that somebody else wrote fit for an error message or a log line. The result
// has no secrets, no line breaks, and no characters that are invisible or control a terminal. It
// has at most limit characters. If text was longer, "…" follows.
func (s *Secrets) Sanitize(text string, limit int) string {
	isCut := len(text) > maxRead
	// The blanks keep parts of a secret from being joined.
	line := strings.Join(strings.FieldsFunc(s.redactStart(text, maxRead), isInvisible), " ")
	line = strings.ToValidUTF8(line, "\uFFFD")
	// A line break has become a blank, which may complete a secret.
	line = replace(line, s.findValues(line))
	if isCut {
		line = strings.TrimSuffix(line, "\uFFFD") // of a character that was cut in two
	}
	start := fmt.Sprintf("%.*s", limit, line)
	if isCut || start != line {
		start += "…"
	}
	return start
}

// isInvisible reports whether r takes no space, or leaves it empty. Some combining marks do.
func isInvisible(r rune) bool {
	return r == ' ' || !unicode.IsPrint(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Redact returns text with "***" in place of every secret. Adjacent secrets share one "***". The
// time it takes grows linearly with the length of text.
func (s *Secrets) Redact(text string) string { return s.redactStart(text, len(text)) }

// redactStart returns the first size bytes of text, redacted. It looks further into text, to find
// the secrets that would be cut in two.
func (s *Secrets) redactStart(text string, size int) string {
	longest := 64 // for a token, even if it was not added
	s.mu.RLock()
	for length := range s.powers {
		longest = max(longest, length)
	}
	s.mu.RUnlock()
	text = text[:min(len(text), size+maxExpansion*longest)]
	found := s.findValues(text)
	findNamed(text, found)
	for _, token := range tokenForm.FindAllStringIndex(text, -1) {
		found.add(token[0], token[1])
	}
	return replace(text[:min(len(text), size)], found)
}

// findValues finds the values passed to Add in text. It compares only hashes. Comparing values,
// too, would take quadratic time on a text such as "aaaa", and 64 bits hardly ever collide.
func (s *Secrets) findValues(text string) ranges {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := make(ranges, len(text)+1)
	layerOf(text).walk(func(l layer) {
		hashes := hashesOf(l.text)
		for length, power := range s.powers {
			for start := range len(hashes) - length {
				if s.hashes[hashes[start+length]-hashes[start]*power] {
					found.add(l.from[start], l.to[start+length-1])
				}
			}
		}
	})
	return found
}

// hashesOf returns the hashes of the first 0, 1, 2, … bytes of text. A blank and "+" count as
// equal, because forms write one as the other.
func hashesOf(text []byte) []uint64 {
	hashes := make([]uint64, len(text)+1)
	for i, b := range bytes.ReplaceAll(text, []byte("+"), []byte(" ")) {
		hashes[i+1] = hashes[i]*multiplier + uint64(b) + 1
	}
	return hashes
}

// ranges is a set of byte ranges of a text, which may overlap. Element i is the number of ranges
// that begin at i, minus the number of those that end there, so adding one takes constant time.
type ranges []int

func (r ranges) add(from, to int) {
	r[from]++
	r[to]--
}

// replace returns text with "***" in place of each part that is in hidden.
func replace(text string, hidden ranges) string {
	var out strings.Builder
	depth := 0
	for i := range len(text) {
		before := depth
		depth += hidden[i]
		if depth == 0 {
			out.WriteByte(text[i])
		} else if before == 0 {
			out.WriteString("***")
		}
	}
	return out.String()
}
