package provider

import (
	"crypto/rand"
	"strings"
)

// uniqueNote returns a note that no other authorization has: prefix and 60
// random bits.
func uniqueNote(prefix string) string {
	return prefix + strings.ToLower(rand.Text()[:12])
}
