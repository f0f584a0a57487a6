package tokencrypt

import (
	"encoding/base64"
	"slices"
	"strings"
)

// secretMarks occur in secret keys, here in upper case. They are from the identities of
// age and of its plugins, PEM and OpenPGP armor, the content of OpenSSH's PEM, and
// PuTTY's files.
var secretMarks = []string{"AGE-SECRET-KEY-", "AGE-PLUGIN-", "PRIVATE KEY", "OPENSSH-KEY-V1", "PUTTY-USER-KEY-FILE"}

// LooksLikeSecretKey reports whether text contains a secret key of any kind, or
// is base64 of one. A part of a key is enough.
func LooksLikeSecretKey(text string) bool {
	// DecodeString returns what it decoded before an error, so a key that is cut
	// short is recognized, too.
	decoded, _ := base64.StdEncoding.DecodeString(withoutSpace(text))
	upper := strings.ToUpper(text + "\n" + string(decoded))
	isMarked := func(mark string) bool { return strings.Contains(upper, mark) }
	return slices.ContainsFunc(secretMarks, isMarked) ||
		len(decoded) == 2*sealedBoxKeySize || // libraries store a secret key together with its public key
		len(decoded) > sealedBoxKeySize && isSecretPacket(decoded[0])
}

// isSecretPacket reports whether an OpenPGP packet with this first byte is a
// secret key or a secret subkey. Both packet formats, old and new, have the tag
// in the first byte.
func isSecretPacket(first byte) bool {
	tag := first & 0x3f
	if isOldFormat := first&0x40 == 0; isOldFormat {
		tag >>= 2
	}
	return first&0x80 != 0 && (tag == 5 || tag == 7)
}

func withoutSpace(s string) string { return strings.Join(strings.Fields(s), "") }
