package ghes

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// mask stands where a secret was.
	mask = "***"
	// minSecret is the length in bytes below which a value is let through. So short
	// a one is part of many words: masking it would spoil the text, and its gaps
	// would tell what it is.
	minSecret = 4
)

// Secrets masks what nobody is to read: the values it has been given, and what
// stands after the name of a secret or looks like a token. The zero value is
// ready to use, and safe for concurrent use.
type Secrets struct {
	mu     sync.RWMutex
	values map[string]bool
	// forms are all ways in which values may be written, by their first minSecret
	// bytes: neither a value more nor a search has to go through all of them.
	forms map[string][]string
}

// Add has Mask hide values, also where they are escaped or encoded. Values of
// less than four bytes are ignored.
func (s *Secrets) Add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, value := range values {
		if len(value) < minSecret || s.values[value] {
			continue
		}
		if s.values == nil {
			s.values, s.forms = map[string]bool{}, map[string][]string{}
		}
		s.values[value] = true
		for _, form := range formsOf(value) {
			s.forms[form[:minSecret]] = append(s.forms[form[:minSecret]], form)
		}
	}
}

// Mask returns text with "***" in the place of every secret. It has to see the
// text as it came: of one that was cut or tidied before, a part may remain.
func (s *Secrets) Mask(text string) string {
	// Secrets that overlap are found all the same, since nothing is replaced yet.
	hidden := make([]bool, len(text))
	hide := func(from, to int) {
		for i := from; i < to; i++ {
			hidden[i] = true
		}
	}
	s.findValues(text, hide)
	findNamed(text, hide)
	for _, token := range tokenForm.FindAllStringIndex(text, -1) {
		hide(token[0], token[1])
	}
	var out strings.Builder
	for i := range len(text) {
		switch {
		case !hidden[i]:
			out.WriteByte(text[i])
		case i == 0 || !hidden[i-1]:
			out.WriteString(mask)
		}
	}
	return out.String()
}

func (s *Secrets) findValues(text string, found func(from, to int)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range max(0, len(text)-minSecret+1) {
		for _, form := range s.forms[text[i:i+minSecret]] {
			if strings.HasPrefix(text[i:], form) {
				found(i, i+len(form))
			}
		}
	}
}

// encodings are the ways in which servers and libraries write a value.
var encodings = []func(string) string{
	func(s string) string { return string([]rune(s)) }, // as JSON decodes what is not UTF-8
	func(s string) string { return jsonText(s, true) },
	func(s string) string { return jsonText(s, false) },
	func(s string) string { return strings.ReplaceAll(jsonText(s, false), "/", `\/`) },
	jsonASCII,
	func(s string) string { return inner(strconv.Quote(s)) },
	func(s string) string { return inner(strconv.QuoteToASCII(s)) },
	url.QueryEscape,
	url.PathEscape,
	func(s string) string { return lowerHex(url.QueryEscape(s)) },
	func(s string) string { return lowerHex(url.PathEscape(s)) },
	html.EscapeString,
	func(s string) string { return strings.ReplaceAll(html.EscapeString(s), "&#34;", "&quot;") },
	// Without padding, so that both spellings are found.
	func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
	func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
}

// formsOf returns value as it is, encoded, and encoded once more: what repeats
// a request is often quoted itself.
func formsOf(value string) []string {
	forms := []string{value}
	for range 2 {
		for _, form := range slices.Clone(forms) {
			for _, encode := range encodings {
				forms = append(forms, encode(form))
			}
		}
		slices.Sort(forms)
		forms = slices.Compact(forms)
	}
	return forms
}

func inner(quoted string) string { return quoted[1 : len(quoted)-1] }

func jsonText(s string, escapeHTML bool) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(escapeHTML)
	_ = encoder.Encode(s) // a string has no form that JSON has not
	return inner(strings.TrimSuffix(out.String(), "\n"))
}

func jsonASCII(s string) string {
	var out strings.Builder
	for _, r := range jsonText(s, false) {
		if r < utf8.RuneSelf {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String()
}

var percentEscape = regexp.MustCompile(`%[0-9A-F]{2}`)

func lowerHex(escaped string) string {
	return percentEscape.ReplaceAllStringFunc(escaped, strings.ToLower)
}

var (
	tokenForm = regexp.MustCompile(`gh[pousr]_[0-9A-Za-z]{36,}|github_pat_\w{22,}`)

	// secretName is the name of a secret, up to its value: in JSON, also where that
	// is a string in JSON, in forms and queries, headers, and as Ruby prints it.
	secretName = regexp.MustCompile(`(?i)\b([\w-]*(?:(authorization|cookie)|passw(?:or)?d|secret|token|otp))` +
		`(?:\\*["'])?[ \t]*(?:=>|[:=])[ \t]*\[?(?:(?:basic|bearer|token)[ \t]+)?`)
)

// findNamed finds the values that stand after the name of a secret. A hash of
// the token is not one: state and plan show it.
func findNamed(text string, found func(from, to int)) {
	for _, name := range secretName.FindAllStringSubmatchIndex(text, -1) {
		if strings.HasSuffix(strings.ToLower(text[name[2]:name[3]]), "hashed_token") {
			continue
		}
		if name[4] < 0 {
			found(valueAt(text, name[1], " \t\r\n\"'&,;)}]<"))
			continue
		}
		// The values of these headers may have blanks, and quotes but for those that
		// stand around the whole header.
		from, to := valueAt(text, name[1], "\r\n")
		before := text[:name[0]]
		if from == name[1] && (strings.HasSuffix(before, `"`) || strings.HasSuffix(before, "'")) {
			quote := len(before) - 1
			escapes := quote - len(strings.TrimRight(before[:quote], `\`))
			to = min(to, closing(text, from, text[quote], escapes))
		}
		found(from, to)
	}
}

// valueAt returns where a value begins and ends that stands at start: in quotes,
// or up to one of ends. One that is cut off ends with the text.
func valueAt(text string, start int, ends string) (from, to int) {
	from = start
	for from < len(text) && text[from] == '\\' {
		from++
	}
	if from == len(text) || text[from] != '"' && text[from] != '\'' {
		if length := strings.IndexAny(text[start:], ends); length >= 0 {
			return start, start + length
		}
		return start, len(text)
	}
	return from + 1, closing(text, from+1, text[from], from-start)
}

// closing returns where the quote is, with its escapes, that ends what begins at
// from; the end of the text where there is none.
func closing(text string, from int, quote byte, escapes int) int {
	backslashes := 0
	for to := from; to < len(text); to++ {
		switch {
		case text[to] == '\\':
			backslashes++
			continue
		case text[to] == quote && backslashes%(2*escapes+2) == escapes:
			return to - escapes
		}
		backslashes = 0
	}
	return len(text)
}
