package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

const (
	// maxLayers is the number of times that escape sequences are decoded, plus one for the text as
	// it is. JSON in JSON in a query in HTML needs five.
	maxLayers = 6
	// maxEscape is the length of the longest escape sequence that is decoded. Names of entities
	// have up to 33 bytes, and numbers may have leading zeros.
	maxEscape = 48
)

// layer is a text after some steps of decoding. Byte i of it stands for the bytes from[i] to to[i]
// of the original text.
type layer struct {
	text     []byte
	from, to []int
}

func layerOf(text string) layer {
	l := newLayer(len(text))
	for i := range len(text) {
		l.add(text[i], i, i+1)
	}
	return l
}

func newLayer(size int) layer {
	return layer{make([]byte, 0, size), make([]int, 0, size), make([]int, 0, size)}
}

func (l *layer) add(b byte, from, to int) {
	l.text, l.from, l.to = append(l.text, b), append(l.from, from), append(l.to, to)
}

// walk calls visit with l, and with each text to which its escape sequences can be decoded. Servers
// nest encodings, so it decodes a decoded text again.
func (l layer) walk(visit func(layer)) {
	for range maxLayers {
		visit(l)
		visit(l.unquoted())
		next := l.unescaped()
		if bytes.Equal(next.text, l.text) {
			return
		}
		l = next
	}
}

// unquoted returns l without the bytes that shells use to quote text, and without line breaks. Add
// also adds secrets without these bytes, so it does not matter which of them belong to a secret.
func (l layer) unquoted() layer {
	out := newLayer(len(l.text))
	for i, b := range l.text {
		if strings.IndexByte("'\"\\$\r\n", b) < 0 {
			out.add(b, l.from[i], l.to[i])
		}
	}
	return out
}

// unescaped returns l with every escape sequence of any syntax decoded once. The result may contain
// other sequences, which the next layer decodes.
func (l layer) unescaped() layer {
	out := newLayer(len(l.text))
	for i := 0; i < len(l.text); {
		decoded, length := unescape(l.text[i:min(i+maxEscape, len(l.text))])
		for _, b := range []byte(decoded) {
			out.add(b, l.from[i], l.to[i+length-1])
		}
		i += length
	}
	return out
}

// escapes are the syntaxes of escape sequences. decode gets the text of the group in pattern. A
// backslash in front of "%" or "&" is not decoded here, because the character that it escapes may
// be encoded itself, as in "\&quot;". The function unquoted removes that backslash.
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

// unescape decodes the escape sequence or the byte at the beginning of text, and returns how long
// it is.
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

// digitsOf returns value in hexadecimal digits and in base64. Within a longer text in base64 a
// value may begin at three offsets. A digit that depends on a neighbor of the value is left out.
func digitsOf(value string) []string {
	hexadecimal := hex.EncodeToString([]byte(value))
	all := []string{hexadecimal, strings.ToUpper(hexadecimal)}
	for offset := range 3 {
		digits := base64.RawStdEncoding.EncodeToString(append(make([]byte, offset), value...))[(offset*8+5)/6:]
		amid := digits[:(offset+len(value))*8/6-(offset*8+5)/6]
		toURL := strings.NewReplacer("+", "-", "/", "_")
		all = append(all, digits, amid, toURL.Replace(digits), toURL.Replace(amid))
	}
	return all
}
