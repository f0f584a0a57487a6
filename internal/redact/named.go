package redact

import (
	"regexp"
	"strings"
)

var (
	tokenForm = regexp.MustCompile(`gh[pousr]_[0-9A-Za-z]{36,}|github_pat_\w{22,}|\b[0-9a-f]{40}\b`)

	// secretName matches the name of a secret, up to its value: in JSON, also in JSON, in forms,
	// queries and headers, and in a hash of Ruby. Its groups are the quote before the name, the
	// name, the name if it is a header's, and the quote before the value, with their backslashes.
	secretName = regexp.MustCompile(`(?i)(\\*["'])?\b([\w-]*(?:(authorization|cookie)|passw(?:or)?d|secret|token|otp))` +
		`(?:\\*["'])?[ \t]*(?:=>|[:=])[ \t]*\[?(?:(?:basic|bearer|token)[ \t]+)?(\\*["'])?`)
)

// findNamed adds to found the values after names of secrets. A token's hash is none: plans show it.
func findNamed(text string, found ranges) {
	end := 0 // of the last value
	for _, match := range secretName.FindAllStringSubmatchIndex(text, -1) {
		start := match[1]
		group := func(i int) string { return text[max(match[2*i], 0):max(match[2*i+1], 0)] }
		// Looking for a value inside the last one would take quadratic time.
		if start < end || strings.HasSuffix(strings.ToLower(group(2)), "hashed_token") {
			continue
		}
		quote, terminators := group(4), ""
		if quote == "" && group(3) != "" {
			// The value of a header may contain blanks and quotes. A quote may be around all of it.
			quote, terminators = group(1), "\r\n"
		} else if quote == "" {
			terminators = " \t\r\n\"'&,;)}]<"
		}
		end = start + valueLength(text[start:], quote, terminators)
		found.add(start, end)
	}
}

// valueLength returns the length of the value that text begins with, up to quote or a terminator. In
// JSON inside JSON, a quote that is part of the value has more backslashes than those around it.
func valueLength(text, quote, terminators string) int {
	backslashes := 0 // in front of byte i
	for i := range len(text) {
		switch {
		case strings.IndexByte(terminators, text[i]) >= 0:
			return i
		case strings.HasSuffix(quote, text[i:i+1]) && backslashes%(2*len(quote)) == len(quote)-1:
			return i - len(quote) + 1
		case text[i] == '\\':
			backslashes++
		default:
			backslashes = 0
		}
	}
	return len(text)
}
