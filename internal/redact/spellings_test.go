package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// madeUpToken has the form of a token. Its checksum is wrong, so no server ever
// created it.
const madeUpToken = "ghp_notARealTokenNotARealTokenNotARe00000"

// keyPEM has the size and the form of a private key.
var keyPEM = func() string {
	var lines strings.Builder
	for i := range 46 {
		line := base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf("%048x", (i+3)*(i+7)*1000003)))
		lines.WriteString(line + "\n")
	}
	return "-----BEGIN " + "PRIVATE KEY-----\n" + lines.String() + "-----END PRIVATE KEY-----\n"
}()

var secretsToSpell = []string{
	"correct-horse", madeUpToken, "four", "123456",
	`a"quote\and'others`, "<b>&amp;</b>%41 100%", "größe-密码-🔑", "line\nbreak\ttab\x01\x1b\x7f", "not\xffUTF-8", "////????>>>>",
	"p*ss w'rd/é=x", "a+b c%2Bd", `#{x}"y`, "päss<wörd>&amp;", `back\slash`, `it's so`, `$HOME/"$(id)"`, "\x00\x01\x02\x03",
	keyPEM,
}

// spelling is a way in which servers write text.
type spelling struct {
	name  string
	spell func(string) string
}

var spellings = []spelling{
	{"plain", func(s string) string { return s }},
	{"decoded from JSON", func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }},

	{"JSON of Go", func(s string) string { return jsonText(s, true) }},
	{"JSON without HTML", func(s string) string { return jsonText(s, false) }},
	{"JSON with escaped slashes", func(s string) string { return strings.ReplaceAll(jsonText(s, false), "/", `\/`) }},
	{"JSON in ASCII", jsonASCII},
	{"JSON in ASCII, upper case", func(s string) string { return upperHex(`\\u[0-9a-f]{4}`, jsonASCII(s)) }},
	{"JSON, all characters", func(s string) string { return perUnit(s, `\u%04x`) }},
	{"JSON in JSON", func(s string) string { return jsonText(jsonText(s, true), true) }},
	{"JSON in JSON in JSON", func(s string) string { return jsonText(jsonText(jsonText(s, false), false), false) }},
	{"JSON in JSON in JSON in JSON", func(s string) string { return jsonText(jsonText(jsonText(jsonText(s, true), true), true), true) }},

	{"Go", func(s string) string { return inner(strconv.Quote(s)) }},
	{"Go in ASCII", func(s string) string { return inner(strconv.QuoteToASCII(s)) }},
	{"Go in JSON", func(s string) string { return jsonText(inner(strconv.Quote(s)), true) }},

	{"query", url.QueryEscape},
	{"query, lower case", func(s string) string { return lowerHex(`%[0-9A-F]{2}`, url.QueryEscape(s)) }},
	{"path", url.PathEscape},
	{"URL, all bytes", func(s string) string { return perByte(s, "%%%02X") }},
	{"query in a query", func(s string) string { return url.QueryEscape("x=" + url.QueryEscape(s))[len("x%3D"):] }},
	{"CGI.escape", cgiEscape},
	{"escape of JavaScript", func(s string) string {
		return regexp.MustCompile(`[^\x00-\x7F]|\W`).ReplaceAllStringFunc(strings.ToValidUTF8(s, "\uFFFD"), func(c string) string { return perUnit(c, "%%u%04X") })
	}},

	{"HTML of Go", html.EscapeString},
	{"CGI.escapeHTML", entities(map[rune]string{'\'': "&#39;", '"': "&quot;", '<': "&lt;", '>': "&gt;", '&': "&amp;"})},
	{"HTML of Python", entities(map[rune]string{'\'': "&#x27;", '"': "&quot;", '<': "&lt;", '>': "&gt;", '&': "&amp;"})},
	{"XML", entities(map[rune]string{'\'': "&apos;", '"': "&quot;", '<': "&lt;", '>': "&gt;", '&': "&amp;", '\n': "&#xA;"})},
	{"HTML with names", entities(map[rune]string{'é': "&eacute;", 'ä': "&auml;", 'ö': "&ouml;", '/': "&sol;", '+': "&plus;", '=': "&equals;", '&': "&AMP;"})},
	{"HTML without &", entities(map[rune]string{'\'': "&#39;", '<': "&lt;", '>': "&gt;", 'ä': "&auml;"})},
	{"decimal entities", func(s string) string { return perRune(s, "&#%d;") }},
	{"hexadecimal entities", func(s string) string { return perRune(s, "&#x%x;") }},
	{"hexadecimal entities, upper case", func(s string) string { return perRune(s, "&#X%X;") }},
	{"entities with leading zeros", func(s string) string { return perRune(s, "&#%07d;") }},
	{"entities in entities", func(s string) string { return html.EscapeString(perRune(s, "&#%d;")) }},

	{"inspect of Ruby", rubyInspect},
	{"inspect of Ruby in ASCII", func(s string) string { return nonASCII(rubyInspect(s), `\u%04X`, `\u{%X}`) }},
	{"inspect of Ruby with braces", func(s string) string { return nonASCII(rubyInspect(s), `\u{%x}`, `\u{%x}`) }},
	{"inspect of Ruby, binary", func(s string) string { return nonASCIIBytes(rubyInspect(s), `\x%02X`) }},
	{"inspect of Ruby in JSON", func(s string) string { return jsonText(rubyInspect(s), false) }},

	{"shell, single quotes", func(s string) string { return strings.ReplaceAll(s, "'", `'\''`) }},
	{"shell, quoted quotes", func(s string) string { return strings.ReplaceAll(s, "'", `'"'"'`) }},
	{"shell, double quotes", func(s string) string { return regexp.MustCompile("[\\\\\"$`]").ReplaceAllString(s, `\$0`) }},
	{"Shellwords.escape", shellEscape},
	{"shell, $ and quotes", func(s string) string { return nonASCIIBytes(rubyInspect(s), `\%03o`) }},
	{"shell, quotes around bytes", func(s string) string {
		return nonASCIIBytes(regexp.MustCompile(`[^\w.,:+/@\x{80}-\x{10FFFF}-]`).ReplaceAllString(s, `\$0`), `$'\%03o'`)
	}},
	{"shell in HTML", func(s string) string { return html.EscapeString(strings.ReplaceAll(s, "'", `'\''`)) }},
	{"doubled quotes", func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "'", "''"), `"`, `""`) }},

	{"hexadecimal", func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"hexadecimal, upper case", func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }},
	{"escaped bytes", func(s string) string { return perByte(s, `\x%02x`) }},
	{"base64 in lines", func(s string) string { return regexp.MustCompile(`.{60}`).ReplaceAllString(rawBase64(s), "$0\n") }},
	{"base64 in lines in JSON", func(s string) string {
		return jsonText(regexp.MustCompile(`.{60}`).ReplaceAllString(rawBase64(s), "$0\r\n"), true)
	}},
	{"base64 in a form", func(s string) string { return url.QueryEscape(rawBase64(s)) }},
	{"base64 from a form", func(s string) string { return strings.ReplaceAll(rawBase64(s), "+", " ") }},

	{"entities in JSON in a query", func(s string) string { return url.QueryEscape(jsonText(perRune(s, "&#x%02x;"), true)) }},
	{"query in JSON in HTML", func(s string) string { return html.EscapeString(jsonText(url.QueryEscape(s), true)) }},
	{"JSON in HTML in JSON", func(s string) string { return jsonText(html.EscapeString(jsonText(s, false)), true) }},
	{"inspect of Ruby in HTML in a query", func(s string) string { return cgiEscape(html.EscapeString(rubyInspect(s))) }},
	{"every character in another way", mixed},
}

func inner(quoted string) string { return quoted[1 : len(quoted)-1] }

func rawBase64(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) }

func jsonText(s string, escapeHTML bool) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(escapeHTML)
	if err := encoder.Encode(s); err != nil {
		panic(err)
	}
	return inner(strings.TrimSuffix(out.String(), "\n"))
}

func jsonASCII(s string) string {
	return regexp.MustCompile(`[^\x00-\x7F]`).ReplaceAllStringFunc(jsonText(s, false), func(c string) string { return perUnit(c, `\u%04x`) })
}

func perByte(s, format string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		fmt.Fprintf(&out, format, b)
	}
	return out.String()
}

func perUnit(s, format string) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&out, format, unit)
	}
	return out.String()
}

// perRune leaves control characters as they are. HTML has no entities for them.
func perRune(s, format string) string {
	var out strings.Builder
	for _, r := range s {
		if r < ' ' || r >= 0x7F && r < 0xA0 {
			out.WriteRune(r)
		} else {
			fmt.Fprintf(&out, format, r)
		}
	}
	return out.String()
}

func nonASCII(s, basic, astral string) string {
	var out strings.Builder
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			out.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&out, basic, r)
		default:
			fmt.Fprintf(&out, astral, r)
		}
	}
	return out.String()
}

func nonASCIIBytes(s, format string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		if b < utf8.RuneSelf {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, format, b)
		}
	}
	return out.String()
}

func entities(named map[rune]string) func(string) string {
	var pairs []string
	for r, entity := range named {
		pairs = append(pairs, string(r), entity)
	}
	return strings.NewReplacer(pairs...).Replace
}

func upperHex(pattern, s string) string {
	return regexp.MustCompile(pattern).ReplaceAllStringFunc(s, func(escape string) string { return escape[:2] + strings.ToUpper(escape[2:]) })
}

func lowerHex(pattern, s string) string {
	return regexp.MustCompile(pattern).ReplaceAllStringFunc(s, strings.ToLower)
}

func cgiEscape(s string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		switch {
		case b == ' ':
			out.WriteByte('+')
		case regexp.MustCompile(`[\w.*-]`).Match([]byte{b}):
			out.WriteByte(b)
		default:
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}

// rubyInspect follows String#inspect for UTF-8.
func rubyInspect(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch at := strings.IndexRune("\a\b\t\n\v\f\r\x1b\"\\", r); {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02X`, s[i])
		case at >= 0:
			out.WriteString(`\` + `abtnvfre"\`[at:at+1])
		case r == '#' && i+1 < len(s) && strings.ContainsRune("{$@", rune(s[i+1])):
			out.WriteString(`\#`)
		case r < ' ' || r == 0x7F:
			fmt.Fprintf(&out, `\x%02X`, r)
		default:
			out.WriteString(s[i : i+size])
		}
		i += size
	}
	return out.String()
}

// shellEscape follows Shellwords.escape of Ruby.
func shellEscape(s string) string {
	escaped := regexp.MustCompile(`[^\w.,:+/@\n-]`).ReplaceAllString(s, `\$0`)
	return strings.ReplaceAll(escaped, "\n", "'\n'")
}

// mixed spells each character of s in the next of many ways.
func mixed(s string) string {
	ways := []string{"%[1]s", `\u%04[2]x`, "&#%[2]d;", "%%%02[2]X", `\x%02[2]x`, "&#x0%[2]X;", `\\u%04[2]x`, "%%25%02[2]x", "&amp;#%[2]d;", `\u{%[2]x}`}
	var out strings.Builder
	for i, r := range []rune(s) {
		way := ways[i%len(ways)]
		if r < ' ' || r >= 0x7F || strings.ContainsRune(`\%&`, r) {
			way = `\u{%[2]x}`
		}
		fmt.Fprintf(&out, way, string(r), r)
	}
	return out.String()
}

// isRedacted matches the text around a secret. Quotes at the ends of a secret may
// remain, because a shell may have added them.
var isRedacted = regexp.MustCompile(`^"x ['"$\n]{0,3}\*\*\*['"$\n]{0,3} y"$`)

// A secret is redacted in every spelling, and nothing else is.
func TestSecrets_spellings(t *testing.T) {
	t.Parallel()
	for _, secret := range secretsToSpell {
		var secrets Secrets
		secrets.Add("another-secret", secret)
		for _, s := range spellings {
			text := s.spell(secret)
			if got := secrets.Redact(`"x ` + text + ` y"`); !isRedacted.MatchString(got) {
				t.Errorf("%.50q as %s, %.200q, became %.200q", secret, s.name, text, got)
			}
		}
	}
}

// Base64 and hexadecimal digits may encode more than the secret.
func TestSecrets_digits(t *testing.T) {
	t.Parallel()
	encoders := map[string]func([]byte) string{
		"base64":               base64.StdEncoding.EncodeToString,
		"base64, no padding":   base64.RawStdEncoding.EncodeToString,
		"base64 of URLs":       base64.URLEncoding.EncodeToString,
		"base64 of URLs, bare": base64.RawURLEncoding.EncodeToString,
	}
	for _, secret := range secretsToSpell {
		var secrets Secrets
		secrets.Add(secret)
		for name, encode := range encoders {
			for before := range 4 {
				for after := range 4 {
					text := encode([]byte("\xFF\xFE:"[:before] + secret + ":\xFD\xFC"[:after]))
					// The digits that the secret alone determines, and perhaps one that has
					// bits of a neighbor as well.
					from, to := (before*8+5)/6, (before+len(secret))*8/6
					got := secrets.Redact("Basic " + text)
					if got != "Basic "+text[:from]+"***"+text[to:] && got != "Basic "+text[:from]+"***"+text[min(to+1, len(text)):] {
						t.Errorf("%.50q in %s, %.100q, became %.100q", secret, name, text, got)
					}
				}
			}
		}
	}
}

// Escape sequences around a secret do not hide it.
func TestSecrets_neighbors(t *testing.T) {
	t.Parallel()
	var secrets Secrets
	secrets.Add("p*ss w'rd/é=x", "abcdef", "table1", `ends\`)
	for text, want := range map[string]string{
		`%abcdef%`:              `%***%`,
		`DOMAIN\table1`:         `DOMAIN\***`,
		`DOMAIN\\table\u0031`:   `DOMAIN\\***`,
		`{"x":"ends\\"}`:        `{"x":"***"}`,
		`\nabcdef\n`:            `\n***\n`,
		`&lt;abcdef&gt;`:        `&lt;***&gt;`,
		`%22p%2Ass+w'rd/é%3Dx%`: `%22***%`,
		`&p*ss w&#39;rd/é=x;`:   `&***;`,
		`p*ss w&#39;rd/é&#61;`:  `p*ss w&#39;rd/é&#61;`,
		"p*ss\u200bw'rd/é=x":    "p*ss\u200bw'rd/é=x",
	} {
		if got := secrets.Redact(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// The texts to which a text can be decoded have a total length that grows with
// the length of the text, not faster. Redact looks at each of their bytes once
// for each length of a secret.
func TestLayer_walk_linear(t *testing.T) {
	t.Parallel()
	work := func(text string) (bytes int) {
		layerOf(text).walk(func(l layer) { bytes += len(l.text) })
		return bytes
	}
	for name, unit := range hostileUnits {
		const size = 6_000
		once, twice := work(repeat(unit, size)), work(repeat(unit, 2*size))
		if twice > 2*once+once/10 {
			t.Errorf("%s: %d bytes of text cause work on %d bytes, %d bytes cause %d", name, size, once, 2*size, twice)
		}
		if once > 100*size {
			t.Errorf("%s: %d bytes of text cause work on %d bytes", name, size, once)
		}
	}
}

// hostileUnits are texts that are expensive to redact when they are repeated.
var hostileUnits = map[string]string{
	"names":            "authorization:",
	"names in quotes":  `"authorization: x` + "\n" + `\"cookie: y` + "\n",
	"names and values": `password="`,
	"one letter":       "a",
	"backslashes":      `\`,
	"entities":         "&",
	"long entities":    "&#0000000000000000000000000000000000000000",
	"nested percent":   "%25",
	"nested entities":  "&amp;",
	"hexadecimal":      hex.EncodeToString([]byte(hex.EncodeToString([]byte("hexadecimal")))),
	"base64":           strings.Repeat(rawBase64(rawBase64(rawBase64(`%252525252541\\\\\\u0041+"&amp;amp;`+strings.Repeat("base64", 10)))), 3),
	"sentences":        "The quick brown fox jumps over the lazy dog. ",
	"JSON":             `{\"id\":1,\"note\":\"x&amp;y\"},`,
	"prefix of tokens": "ghp_0000000000",
	"not UTF-8":        "\xff\x80",
}

func repeat(unit string, size int) string { return strings.Repeat(unit, size/len(unit)+1)[:size] }

// No byte of a text is looked at for two named values, so that a text with many
// names takes linear time.
func TestFindNamed_linear(t *testing.T) {
	t.Parallel()
	for name, unit := range hostileUnits {
		text := repeat(unit, 10_000)
		found := make(ranges, len(text)+1)
		findNamed(text, found)
		depth := 0
		if slices.ContainsFunc(found, func(change int) bool { depth += change; return depth > 1 }) {
			t.Errorf("%s: values overlap", name)
		}
	}
}
