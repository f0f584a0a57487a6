package provider

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 and authenticator apps use SHA-1
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// totpPeriod is how long a one-time code is valid.
const totpPeriod = 30 * time.Second

// totpCode returns the six digits of the one-time code that RFC 6238 defines for a secret in
// base32, without padding, at a time.
func totpCode(secret string, at time.Time) (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil || len(key) == 0 {
		return "", errors.New("the TOTP secret is not base32")
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, uint64(at.Unix()/int64(totpPeriod.Seconds()))) //nolint:gosec // times are after 1970; a hash never fails
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	code := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%06d", code%1_000_000), nil
}
