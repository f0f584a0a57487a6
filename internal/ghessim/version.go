package ghessim

import (
	"fmt"
	"math"
)

// version is an installed version, such as 3.19, as far as behaviour depends on it.
type version struct{ major, minor int }

// parseVersion reads "3.19.0". Anything else is taken for newer than everything: a development build calls itself
// "unknown" (recorded 2018).
func parseVersion(s string) version {
	var v version
	if _, err := fmt.Sscanf(s, "%d.%d", &v.major, &v.minor); err != nil {
		return version{major: math.MaxInt}
	}
	return v
}

// since3 reports whether v is 3.minor or newer.
func (v version) since3(minor int) bool {
	return v.major > 3 || v.major == 3 && v.minor >= minor
}

// docs is the address of the REST documentation that this version's responses point to, and page a page of
// it.
func (v version) docs(page string) string {
	switch {
	case v.major == math.MaxInt:
		return "https://docs.github.com/rest"
	case v.since3(0):
		// Assumption: quoted 3.x responses name no page, so none is added.
		return fmt.Sprintf("https://docs.github.com/enterprise/%d.%d/rest", v.major, v.minor)
	default:
		return fmt.Sprintf("https://developer.github.com/enterprise/%d.%d/v3%s", v.major, v.minor, page)
	}
}

// The eras: which version added what (documented).
func (v version) hasClientIDFilter() bool { return v.since3(0) }
func (v version) hasExpiry() bool         { return v.since3(2) }
func (v version) hasTokenPrefix() bool    { return v.since3(2) }
func (v version) hasAPIVersions() bool    { return v.since3(9) }
