package redact

import (
	"regexp"
	"strings"
)

var (
	tokenForm = regexp.MustCompile(`gh[pousr]_[0-9A-Za-z]{36,}|github_pat_\w{22,}`)

	// secretName matches the name of a secret and everything up to its value: in JSON, also where
	// that is a string in JSON, in forms and queries, in headers, and as Ruby prints a hash. Its
	// groups are the quote in front of the name, the name, the name if it is that of a header, and
	// the quote in front of the value. A quote includes the backslashes before it.
	secretName = regexp.MustCompile(`(?i)(\\*["'])?\b([\w-]*(?:(authorization|cookie)|passw(?:or)?d|secret|token|otp))` +
		`(?:\\*["'])?[ \t]*(?:=>|[:=])[ \t]*\[?(?:(?:basic|bearer|token)[ \t]+)?(\\*["'])?`)
)

// findNamed adds to found the values that follow the name of a secret. The hash of a token is not
// secret: state and plans show it.
func findNamed(text string, found ranges) {
	end := 0 // of the last value
	for _, match := range secretName.FindAllStringSubmatchIndex(text, -1) {
		start := match[1]
		// A value may contain names of secrets, for example in a header with many fields. Searching
		// for their values, too, would take quadratic time.
		if start < end || strings.HasSuffix(strings.ToLower(text[match[4]:match[5]]), "hashed_token") {
			continue
		}
		group := func(i int) string { return text[max(match[2*i], 0):max(match[2*i+1], 0)] }
		end = start + len(valueOf(text[start:], group(4), group(1), group(3) != ""))
		found.add(start, end)
	}
}

// valueOf returns the value at the beginning of text. It ends at the quote that matches the one in
// front of it. The value of a header may contain blanks and quotes. It ends with the line, or at
// the quote that matches the one in front of the whole header. A value that is cut off ends with
// the text.
func valueOf(text, quote, headerQuote string, isHeader bool) string {
	switch {
	case quote != "":
		return upToQuote(text, quote)
	case !isHeader:
		return upToAny(text, " \t\r\n\"'&,;)}]<")
	case headerQuote != "":
		return upToQuote(upToAny(text, "\r\n"), headerQuote)
	}
	return upToAny(text, "\r\n")
}

func upToAny(text, terminators string) string {
	if end := strings.IndexAny(text, terminators); end >= 0 {
		return text[:end]
	}
	return text
}

// upToQuote returns the part of text that ends before the given quote and the backslashes in front
// of it. In JSON inside JSON, quotes around a string have backslashes, and those that are part of
// the string have more of them.
func upToQuote(text, quote string) string {
	backslashes := len(quote) - 1
	for i := range len(text) {
		if text[i] != quote[backslashes] {
			continue
		}
		run := i - len(strings.TrimRight(text[:i], `\`))
		if run%(2*backslashes+2) == backslashes {
			return text[:i-backslashes]
		}
	}
	return text
}
