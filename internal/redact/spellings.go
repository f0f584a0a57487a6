package redact

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// layer is a text after some steps of decoding. Byte i stands for text[from[i]:to[i]] before them.
type layer struct {
	text     []byte
	from, to []int
}

func layerOf(text string) (l layer) {
	for i := range len(text) {
		l.add(text[i], i, i+1)
	}
	return l
}

func (l *layer) add(b byte, from, to int) {
	l.text, l.from, l.to = append(l.text, b), append(l.from, from), append(l.to, to)
}

// walk calls visit with l, as it is and decoded ever further, because servers nest encodings.
func (l layer) walk(visit func(layer)) {
	for range 6 { // JSON in JSON in a query in HTML needs five
		visit(l)
		visit(l.unquoted())
		next := l.unescaped()
		if bytes.Equal(next.text, l.text) {
			return
		}
		l = next
	}
}

// unquoted returns l without line breaks and the quotes of shells. Secrets lose them, too.
func (l layer) unquoted() (out layer) {
	for i, b := range l.text {
		if strings.IndexByte("'\"\\$\r\n", b) < 0 {
			out.add(b, l.from[i], l.to[i])
		}
	}
	return out
}

// unescaped returns l with every escape sequence decoded once, whatever its syntax.
func (l layer) unescaped() (out layer) {
	const maxEscape = 48 // names of entities have up to 33 bytes, and numbers may have leading zeros
	for i := 0; i < len(l.text); {
		decoded, length := unescape(l.text[i:min(i+maxEscape, len(l.text))])
		for _, b := range []byte(decoded) {
			out.add(b, l.from[i], l.to[i+length-1])
		}
		i += length
	}
	return out
}

// escapes are the syntaxes of escape sequences. decode gets the group in pattern. A backslash
// before an encoded character, as in "\&quot;", is left to unquoted.
var escapes = []struct {
	pattern *regexp.Regexp
	decode  func(string) string
}{
	{regexp.MustCompile(`^\\([^[:alnum:]%&])`), func(s string) string { return s }},
	{regexp.MustCompile(`^[\\%]u([dD][89abAB][[:xdigit:]]{2}[\\%]u[dD][c-fC-F][[:xdigit:]]{2})`), decodeSurrogates},
	{regexp.MustCompile(`^[\\%](u[[:xdigit:]]{4}|U[[:xdigit:]]{8})`), decodeGo},
	{regexp.MustCompile(`^\\([abfnrtv]|x[[:xdigit:]]{2}|[0-3][0-7]{2})`), decodeGo},
	{regexp.MustCompile(`^\\[ux]\{([[:xdigit:]]+)\}`), func(digits string) string { return decodeGo("U" + ("00000000" + digits)[len(digits):]) }},
	{regexp.MustCompile(`^\\([eE])`), func(string) string { return "\x1b" }},
	{regexp.MustCompile(`^(&#?[[:alnum:]]+;)`), html.UnescapeString},
	{regexp.MustCompile(`^%([[:xdigit:]]{2})`), func(digits string) string { return decodeGo("x" + digits) }},
}

// unescape decodes the escape sequence or the byte at the beginning of text, which has this length.
func unescape(text []byte) (decoded string, length int) {
	if strings.IndexByte(`\%&`, text[0]) < 0 {
		return string(text[:1]), 1
	}
	for _, e := range escapes {
		if match := e.pattern.FindSubmatch(text); match != nil {
			return e.decode(string(match[1])), len(match[0])
		}
	}
	return string(text[:1]), 1
}

// decodeGo decodes an escape sequence that Go has, too.
func decodeGo(sequence string) string {
	decoded, _ := strconv.Unquote(`"\` + sequence + `"`)
	return decoded
}

func decodeSurrogates(pair string) string {
	high, _ := strconv.ParseInt(pair[:4], 16, 32)
	low, _ := strconv.ParseInt(pair[len(pair)-4:], 16, 32)
	return string(utf16.DecodeRune(rune(high), rune(low)))
}

// formsOf returns value as it is, as JSON encoders replace bytes that are not UTF-8, in hexadecimal
// digits, and in base64. In base64 it may begin at three offsets and share its last digit with the
// next value.
func formsOf(value string) []string {
	forms := []string{
		value, string([]rune(value)), strings.ToValidUTF8(value, "\uFFFD"),
		fmt.Sprintf("%x", value), fmt.Sprintf("%X", value),
	}
	for offset := range 3 {
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			digits := encoding.EncodeToString(append(make([]byte, offset), value...))
			first, last := (offset*8+5)/6, (offset+len(value))*8/6
			forms = append(forms, digits[first:], digits[first:last])
		}
	}
	return forms
}
