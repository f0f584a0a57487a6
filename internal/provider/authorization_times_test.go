package provider

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

var timePattern = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"`)

// spellTimes replaces every time in the responses to these methods.
func (i *instance) spellTimes(spell func(time.Time) string, methods ...string) {
	i.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		response := httptest.NewRecorder()
		next.ServeHTTP(response, r)
		body := response.Body.Bytes()
		if slices.Contains(methods, r.Method) {
			body = timePattern.ReplaceAllFunc(body, func(match []byte) []byte {
				parsed, _ := time.Parse(time.RFC3339, string(bytes.Trim(match, `"`))) // it matches the pattern
				return fmt.Appendf(nil, "%q", spell(parsed))
			})
		}
		maps.Copy(w.Header(), response.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(response.Code)
		_, _ = w.Write(body)
	})
}

func withFraction(t time.Time) string { return t.Format("2006-01-02T15:04:05.123Z") }

func withLongFraction(t time.Time) string { return t.Format("2006-01-02T15:04:05.999999Z") }

func withOffset(t time.Time) string { return t.Format("2006-01-02T15:04:05+00:00") }

func inAnotherZone(t time.Time) string {
	return t.In(time.FixedZone("", 2*60*60)).Format("2006-01-02T15:04:05-07:00")
}

// A server may spell the same time in different ways. This means neither another
// authorization nor a change.
func TestAuthorizationResource_timeSpelling(t *testing.T) {
	t.Parallel()
	const created, read, updated = http.MethodPost, http.MethodGet, http.MethodPatch
	for kind, body := range map[string]string{authorizationType: oneNote, fingerprintType: byFingerprintNote} {
		for name, test := range map[string]struct {
			spell   func(time.Time) string
			methods []string
		}{
			"fraction in the create":       {withFraction, []string{created, http.MethodPut}},
			"long fraction in the create":  {withLongFraction, []string{created, http.MethodPut}},
			"fraction in reads":            {withFraction, []string{read}},
			"fraction in the update":       {withFraction, []string{updated}},
			"offset in the create":         {withOffset, []string{created, http.MethodPut}},
			"offset in reads":              {withOffset, []string{read}},
			"another zone in reads":        {inAnotherZone, []string{read}},
			"another zone in the create":   {inAnotherZone, []string{created, http.MethodPut}},
			"fraction in all but the read": {withLongFraction, []string{created, http.MethodPut, updated}},
		} {
			t.Run(kind+", "+name, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				sim.spellTimes(test.spell, test.methods...)
				w := newWorkspace(t, sim.config(body))
				w.must(0, "apply", "-auto-approve")
				before := createdAtPattern.FindString(w.state())
				w.must(0, "plan", "-detailed-exitcode")
				w.write("main.tf", sim.config(strings.Replace(body, `"ci"`, `"ci 2"`, 1)))
				contains(t, w.must(0, "apply", "-auto-approve", "-refresh=false"), "0 added, 1 changed, 0 destroyed")
				w.must(0, "plan", "-detailed-exitcode")
				w.must(0, "apply", "-refresh-only", "-auto-approve")
				if after := createdAtPattern.FindString(w.state()); before == "" || after != before {
					t.Errorf("the state changed from %s to %s", before, after)
				}
				w.must(0, "destroy", "-auto-approve")
				if remaining := sim.Authorizations(); len(remaining) != 0 {
					t.Errorf("remaining: %+v", remaining)
				}
			})
		}
	}
}

var createdAtPattern = regexp.MustCompile(`"created_at": "[^"]+"`)

// Another second is another authorization, in whatever spelling.
func TestAuthorizationResource_anotherSecond(t *testing.T) {
	t.Parallel()
	for name, spell := range map[string]func(time.Time) string{
		"fraction": withFraction, "offset": withOffset, "another zone": inAnotherZone,
		"plain": func(t time.Time) string { return t.Format(time.RFC3339) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, w := applied(t)
			sim.EditAuthorization(1, func(a *ghessim.Authorization) { a.CreatedAt = a.CreatedAt.Add(time.Second) })
			sim.spellTimes(spell, http.MethodGet)
			contains(t, w.must(1, "plan"), "Error: Unable to read authorization", "Authorization 1 is not the one in state")
		})
	}
}
