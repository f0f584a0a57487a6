package ghessim

import (
	"crypto/rand"
	"encoding/hex"
	"hash/crc32"
	"math/big"
	"strings"
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newToken returns a token in the format of the instance's version.
func (s *Server) newToken(personal bool) string {
	if !s.version.hasTokenPrefix() {
		random := make([]byte, 20)
		_, _ = rand.Read(random) // never fails: crypto/rand ends the program instead
		return hex.EncodeToString(random)
	}
	prefix := "gho_"
	if personal {
		prefix = "ghp_"
	}
	random := randomBase62(30)
	return prefix + random + checksum(random)
}

func randomBase62(n int) string {
	var b strings.Builder
	for range n {
		i, _ := rand.Int(rand.Reader, big.NewInt(int64(len(base62)))) // never fails, as above
		b.WriteByte(base62[i.Int64()])
	}
	return b.String()
}

// checksum is the CRC-32 of the random part alone, without the prefix, as six digits to the base 62. This was checked
// against published expired tokens.
func checksum(random string) string {
	const digits = 6
	var out [digits]byte
	sum := crc32.ChecksumIEEE([]byte(random))
	for i := range out {
		out[digits-1-i] = base62[sum%62]
		sum /= 62
	}
	return string(out[:])
}
