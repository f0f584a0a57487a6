package provider

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// What actions tell has no secret in it, whatever a server repeats of what it was
// sent, and of the token that a request is about.
func TestLeaks_actions(t *testing.T) {
	t.Parallel()
	for name, test := range leakFaults {
		if name == "more than was asked for" {
			continue // for the log of net/http, which a test that is one process with the provider has
		}
		for action, arguments := range map[string]given{revokeGrant: {"grant_id": 1}, revokeAuthorizations: {"client_id": testClientID}} {
			t.Run(name+", "+action, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				a := sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Note: new("password " + testPassword)})
				faults := 0
				sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					if r.Method != http.MethodDelete && path.Base(r.URL.Path) != "again" {
						next.ServeHTTP(w, r)
						return
					}
					faults++
					request, err := httputil.DumpRequest(r, true)
					if err != nil {
						t.Error(err)
					}
					test.fault(w, r, next, fmt.Sprintf("%s %s\n%s", testPassword, a.Token, request))
				})
				got := newProtocol(t, sim.url, withBackoff(time.Millisecond)).invoke(t, action, arguments).text()
				contains(t, got, "ERROR: Unable to revoke")
				if faults == 0 || test.masked && !strings.Contains(got, "***") {
					t.Errorf("%d faults, told %q", faults, got)
				}
				for _, secret := range []string{testPassword, testUser + ":" + testPassword, a.Token} {
					for _, form := range echoes(secret) {
						if strings.Contains(got, form) {
							t.Errorf("%q is in %q", form, got)
						}
					}
				}
			})
		}
	}
}
