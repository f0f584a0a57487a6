package provider

import (
	"testing"
	"time"
)

// The codes are those of RFC 6238, appendix B, whose last six digits are the shorter ones.
func TestTOTPCode(t *testing.T) {
	t.Parallel()
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for at, want := range map[int64]string{
		0: "755224", 59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if code, err := totpCode(secret, time.Unix(at, 0)); code != want || err != nil {
			t.Errorf("at %d: %s, %v, want %s", at, code, err, want)
		}
	}
	for _, secret := range []string{"", "A", "01234567", "gezdgnbv", "GEZDGNBV="} {
		if code, err := totpCode(secret, time.Unix(0, 0)); err == nil {
			t.Errorf("%q: %s", secret, code)
		}
	}
}
