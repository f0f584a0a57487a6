package provider

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// The messages and errors of actions contain no secret, whatever the server repeats of a
// request and of the token that the request is about.
func TestLeaks_actions(t *testing.T) {
	t.Parallel()
	for name, test := range leakFaults {
		if name == "more than was asked for" {
			continue // net/http logs it, and the test and the provider are one process
		}
		for action, arguments := range map[string]argumentValues{revokeGrant: {"grant_id": 1}, revokeAuthorizations: {"client_id": testClientID}} {
			t.Run(name+", "+action, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				a := sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Note: new("password " + testPassword)})
				faults := sim.leakDeletes(t, test.fault, testPassword, a.Token)
				got := newProtocol(t, sim.url, withBackoff(time.Millisecond)).invoke(t, action, arguments).text()
				contains(t, got, "ERROR: Unable to revoke")
				if faults() == 0 || test.masked && !strings.Contains(got, "***") {
					t.Errorf("%d faults, output %q", faults(), got)
				}
				containsNoSecret(t, got, testPassword, testUser+":"+testPassword, a.Token)
			})
		}
	}
}

// leakDeletes responds to every DELETE with a fault that contains secrets and the
// request. It returns a function that counts the faults.
func (i *instance) leakDeletes(t *testing.T, leak echo, password, token string) func() int64 {
	t.Helper()
	var faults atomic.Int64
	i.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method != http.MethodDelete && path.Base(r.URL.Path) != "again" {
			next.ServeHTTP(w, r)
			return
		}
		faults.Add(1)
		request, err := httputil.DumpRequest(r, true)
		if err != nil {
			t.Error(err)
		}
		leak(w, r, next, fmt.Sprintf("%s %s\n%s", password, token, request))
	})
	return faults.Load
}

// containsNoSecret fails if the output has one of these secrets in any form.
func containsNoSecret(t *testing.T, output string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		for _, form := range echoes(secret) {
			if strings.Contains(output, form) {
				t.Errorf("%q is in %q", form, output)
			}
		}
	}
}
