package main

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 uses it.
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"
)

// isTOTP reports whether code is the one-time code of a base32 secret at a time, or half a minute
// before or after it (RFC 6238).
func isTOTP(code, secret string, at time.Time) bool {
	for _, skew := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
		if code == totp(secret, at.Add(skew)) {
			return true
		}
	}
	return false
}

func totp(secret string, at time.Time) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return "" // which no client sends
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30) // never fails
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[offset:])&0x7fffffff)%1_000_000)
}
