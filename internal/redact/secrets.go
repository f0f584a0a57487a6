// Package redact keeps secrets out of error messages and log lines, however a server has encoded
// them.
package redact

import (
	"strings"
	"sync"
)

const (
	// replacement is printed in place of a secret.
	replacement = "***"
	// minLength is the length in bytes below which a value is not redacted. A value of three
	// characters is part of many ordinary words. Redacting those would make the text unreadable,
	// and the gaps would reveal the value.
	minLength = 4
	// multiplier is the base of the rolling hash. It is odd, so no bits get lost.
	multiplier = 0x9E3779B97F4A7C15
)

// Secrets redacts values that must not be printed. It also redacts the values of fields whose names
// say that they are secret, and everything that has the form of a GitHub token. The zero value is
// ready to use, and safe for concurrent use.
type Secrets struct {
	mu sync.RWMutex
	// hashes has a hash of every secret. One pass over a text finds all secrets of one length,
	// however many there are, and whatever they have in common.
	hashes map[uint64]bool
	// powers has, for each length of a secret, multiplier to the power of the length.
	powers map[int]uint64
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
		// JSON encoders replace bytes that are not UTF-8, one by one or in runs.
		forms := append(digitsOf(value), value, string([]rune(value)), strings.ToValidUTF8(value, "\uFFFD"))
		for _, form := range forms {
			// A value may itself look like an escape sequence. Decoding a text then changes the
			// value, too, so its decoded forms are searched as well.
			layerOf(form).walk(s.addForm)
		}
	}
}

func (s *Secrets) addForm(form layer) {
	if len(form.text) < minLength {
		return
	}
	hash, power := uint64(0), uint64(1)
	for _, b := range form.text {
		hash, power = hash*multiplier+digest(b), power*multiplier
	}
	s.hashes[hash], s.powers[len(form.text)] = true, power
}

// Redact returns text with "***" in place of every secret. Adjacent secrets share one "***". The
// time it takes grows linearly with the length of text.
func (s *Secrets) Redact(text string) string {
	return replace(text, s.findAll(text))
}

// findAll finds all that Redact replaces in text. The parts may overlap.
func (s *Secrets) findAll(text string) ranges {
	found := s.findValues(text)
	findNamed(text, found)
	for _, token := range tokenForm.FindAllStringIndex(text, -1) {
		found.add(token[0], token[1])
	}
	return found
}

// findValues finds the values passed to Add in text.
func (s *Secrets) findValues(text string) ranges {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := make(ranges, len(text)+1)
	layerOf(text).walk(func(l layer) {
		for length, power := range s.powers {
			s.find(l, length, power, found)
		}
	})
	return found
}

// find adds to found each part of l that has the given length and the hash of a secret. It does not
// compare the part with the secret, because that would take quadratic time on a text such as
// "aaaa". If two hashes of 64 bits ever collide, one word too many is redacted.
func (s *Secrets) find(l layer, length int, power uint64, found ranges) {
	hash := uint64(0)
	for last, b := range l.text {
		hash = hash*multiplier + digest(b)
		first := last - length + 1
		if first > 0 {
			hash -= digest(l.text[first-1]) * power
		}
		if first >= 0 && s.hashes[hash] {
			found.add(l.from[first], l.to[last])
		}
	}
}

// digest returns the value of b in a hash, which is never zero. Forms write a blank as "+", but
// paths do not, so both count as the same byte.
func digest(b byte) uint64 {
	if b == '+' {
		b = ' '
	}
	return uint64(b) + 1
}

// ranges is a set of byte ranges of a text. Element i is the number of ranges that begin at i,
// minus the number of those that end there. So adding a range takes constant time, even if ranges
// overlap.
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
		switch {
		case depth == 0:
			out.WriteByte(text[i])
		case before == 0:
			out.WriteString(replacement)
		}
	}
	return out.String()
}
