package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// revocableInstance has authorizations of all sorts, of which those with an ID
// above 100 are old.
func revocableInstance(t *testing.T, options ...func(*ghessim.Options)) *instance {
	t.Helper()
	sim := newInstance(t, options...)
	old := sim.now().Add(-30*24*time.Hour - time.Minute)
	for _, a := range []ghessim.Authorization{
		{ID: 1, Note: new("ci new")},
		{ID: 2, Note: new("CI new")},
		{ID: 3, Note: new("not ci 3")},
		{ID: 4, ClientID: testClientID},
		{ID: 5, ClientID: testClientID, Note: new("ci app"), Fingerprint: new("5")},
		{ID: 6, ClientID: "another-app", Note: new("ci other")},
		{ID: 7, Login: "hubot", Note: new("ci of hubot"), CreatedAt: old},
		{ID: 101, Note: new("ci old"), CreatedAt: old},
		{ID: 102, Note: new("mine"), CreatedAt: old},
		{ID: 103, ClientID: testClientID, Note: new("ci app old"), Fingerprint: new("103"), CreatedAt: old},
	} {
		sim.AddAuthorization(a)
	}
	return sim
}

// revocable has the IDs of the authorizations of the user, in a revocableInstance.
var revocable = []string{"1", "2", "3", "4", "5", "6", "101", "102", "103"}

func revocableBut(gone ...string) []string {
	return slices.DeleteFunc(slices.Clone(revocable), func(id string) bool { return slices.Contains(gone, id) })
}

// ownIDs returns the IDs of the user's authorizations.
func ownIDs(sim *instance) []string {
	return authorizationIDs(slices.DeleteFunc(sim.Authorizations(), func(a ghessim.Authorization) bool { return a.Login != testUser }))
}

// The action revokes exactly the authorizations that match every filter, in order of ID
// and with one request each. A dry run finds the same ones, and sends only the request
// for the list.
func TestRevokeAuthorizationsAction(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arguments argumentValues
		revoked   []string
	}{
		"prefix":                {argumentValues{"note_prefix": "ci "}, []string{"1", "5", "6", "101", "103"}},
		"prefix and age":        {argumentValues{"note_prefix": "ci ", "older_than_days": 30}, []string{"101", "103"}},
		"prefix and app":        {argumentValues{"note_prefix": "ci ", "client_id": testClientID}, []string{"5", "103"}},
		"app":                   {argumentValues{"client_id": testClientID}, []string{"4", "5", "103"}},
		"app in another case":   {argumentValues{"client_id": strings.ToUpper(testClientID)}, nil},
		"app and age":           {argumentValues{"client_id": testClientID, "older_than_days": 29.5}, []string{"103"}},
		"age":                   {argumentValues{"older_than_days": 30}, []string{"101", "102", "103"}},
		"age, hardly":           {argumentValues{"older_than_days": 30.01}, nil},
		"age, the most":         {argumentValues{"older_than_days": 100_000}, nil},
		"all":                   {argumentValues{"note_prefix": "ci ", "client_id": testClientID, "older_than_days": 1}, []string{"103"}},
		"whole note":            {argumentValues{"note_prefix": "mine"}, []string{"102"}},
		"longer than the note":  {argumentValues{"note_prefix": "mine "}, nil},
		"a pattern is a text":   {argumentValues{"note_prefix": "ci*"}, nil},
		"dry_run may be false":  {argumentValues{"note_prefix": "mine", "dry_run": false}, []string{"102"}},
		"null is no other word": {argumentValues{"note_prefix": "mine", "client_id": nil, "older_than_days": nil, "dry_run": nil}, []string{"102"}},
	} {
		for _, version := range []string{"3.19.0", "2.22.0"} { // the older one does not filter by app
			t.Run(name+", "+version, func(t *testing.T) {
				t.Parallel()
				sim := revocableInstance(t, func(o *ghessim.Options) { o.Version = version })
				s := newProtocol(t, sim.url, WithClock(sim.now))
				dryRun := argumentValues{"dry_run": true}
				for name, value := range test.arguments {
					if name != "dry_run" {
						dryRun[name] = value
					}
				}
				would := s.invoke(t, revokeAuthorizations, dryRun)
				onlyReads(t, sim)

				got := s.invoke(t, revokeAuthorizations, test.arguments)
				if len(got.diags)+len(would.diags) > 0 {
					t.Errorf("told %q and %q", would.text(), got.text())
				}
				list := "GET /api/v3/authorizations?page=1&per_page=100"
				if id, ok := test.arguments["client_id"].(string); ok {
					list = strings.Replace(list, "?", "?client_id="+id+"&", 1)
				}
				want := []string{list}
				for _, id := range test.revoked {
					want = append(want, "DELETE /api/v3/authorizations/"+id)
				}
				if sent := sim.sent(); !slices.Equal(sent, want) {
					t.Errorf("sent %q, want %q", sent, want)
				}
				if left := ownIDs(sim); !slices.Equal(left, revocableBut(test.revoked...)) {
					t.Errorf("left %q", left)
				}
				checkMessages(t, "Would revoke", would.messages, test.revoked)
				checkMessages(t, "Revoking", got.messages, test.revoked)
			})
		}
	}
}

// checkMessages wants one message for each ID, in order, and a summary.
func checkMessages(t *testing.T, begin string, messages, ids []string) {
	t.Helper()
	if len(messages) != len(ids)+1 {
		t.Fatalf("told %q, want %q and a summary", messages, ids)
	}
	for i, id := range ids {
		if want := fmt.Sprintf("%s authorization %s (", begin, id); !strings.HasPrefix(messages[i], want) {
			t.Errorf("message %q does not begin with %q", messages[i], want)
		}
		if want := fmt.Sprintf("[%d of %d]", i+1, len(ids)); !strings.HasSuffix(messages[i], want) {
			t.Errorf("message %q does not end with %q", messages[i], want)
		}
	}
	summary := "Nothing to revoke: none of "
	switch {
	case len(ids) > 0 && begin == "Revoking":
		summary = fmt.Sprintf("Revoked: %d, already revoked: 0, failed: 0, not attempted: 0", len(ids))
	case len(ids) > 0:
		summary = fmt.Sprintf("Would revoke %d; nothing was revoked, since dry_run is true", len(ids))
	}
	if last := messages[len(ids)]; !strings.HasPrefix(last, summary) {
		t.Errorf("summary %q, want %q", last, summary)
	}
}

// Each message is one line, without secrets, and does not control a terminal.
func TestRevokeAuthorizationsAction_messages(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, func(o *ghessim.Options) {
		o.Apps = append(o.Apps, ghessim.App{ClientID: "odd-app", Name: "Odd\x1b[2J\r\nRevoked: 7 " + testPassword})
	})
	created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	sim.AddAuthorization(ghessim.Authorization{ID: 1, Note: new("ci \x1b[31m\"red\"\r\nRevoked: 7 \u202e\x00"), CreatedAt: created})
	sim.AddAuthorization(ghessim.Authorization{ID: 2, Note: new("ci, password is " + testPassword), CreatedAt: created})
	sim.AddAuthorization(ghessim.Authorization{ID: 3, ClientID: "odd-app", Note: new("ci 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"), CreatedAt: created})
	now := func() time.Time { return created.Add(49 * time.Hour) }
	got := newProtocol(t, sim.url, WithClock(now)).invoke(t, revokeAuthorizations, argumentValues{"note_prefix": "ci"})
	want := []string{
		`Revoking authorization 1 (note "ci [31m\"red\" Revoked: 7", created at 2026-01-02T03:04:05Z, 2 days ago) [1 of 3]`,
		`Revoking authorization 2 (note "ci, password is ***", created at 2026-01-02T03:04:05Z, 2 days ago) [2 of 3]`,
		`Revoking authorization 3 (app "Odd [2J Revoked: 7 ***", client ID "odd-app", note "ci ***", created at 2026-01-02T03:04:05Z, 2 days ago) [3 of 3]`,
		"Revoked: 3, already revoked: 0, failed: 0, not attempted: 0",
	}
	if !slices.Equal(got.messages, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got.messages, "\n"), strings.Join(want, "\n"))
	}
}

// An authorization with a missing or impossible creation time has no known age.
func TestRevokeAuthorizationsAction_oddTimes(t *testing.T) {
	t.Parallel()
	for name, created := range map[string]string{
		"none":          "",
		"null":          `"created_at":null,`,
		"zero":          `"created_at":"0001-01-01T00:00:00Z",`,
		"epoch":         `"created_at":"1970-01-01T00:00:00Z",`,
		"to come":       `"created_at":"2999-01-01T00:00:00Z",`,
		"beyond count":  `"created_at":"9999-12-31T23:59:59Z",`,
		"before GitHub": `"created_at":"1900-01-01T00:00:00Z",`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.AddAuthorization(ghessim.Authorization{Note: new("ci"), CreatedAt: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)})
			changeResponses(sim, `"created_at":"2020-01-02T03:04:05Z",`, created)
			s := newProtocol(t, sim.url)
			got := s.invoke(t, revokeAuthorizations, argumentValues{"note_prefix": "ci", "older_than_days": 0.001})
			contains(t, got.text(), "Nothing to revoke: none of 1 authorizations matches")
			onlyReads(t, sim)

			got = s.invoke(t, revokeAuthorizations, argumentValues{"note_prefix": "ci"})
			if len(got.diags) > 0 || strings.Contains(got.text(), "days ago") != (created != "" && strings.Contains(created, `"1`)) || len(sim.Authorizations()) > 0 {
				t.Errorf("told %q", got.text())
			}
		})
	}
}

// If the clocks differ, the earlier one counts. The action skips an authorization that
// is too young by either clock.
func TestRevokeAuthorizationsAction_clocks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server, here time.Duration // ahead of the right time
		date         bool
		revoked      bool
	}{
		"both right":                      {0, 0, true, true},
		"this machine is ahead":           {0, 40 * 24 * time.Hour, true, true},
		"this machine is behind":          {0, -40 * 24 * time.Hour, true, false},
		"the server is behind":            {-40 * 24 * time.Hour, 0, true, false},
		"the server is ahead":             {40 * 24 * time.Hour, 0, true, true},
		"no date, this machine right":     {0, 0, false, true},
		"no date, this machine is behind": {0, -40 * 24 * time.Hour, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.AddAuthorization(ghessim.Authorization{Note: new("ci"), CreatedAt: time.Now().Add(-30*24*time.Hour - time.Minute)})
			sim.ahead.Store(int64(test.server))
			if !test.date {
				sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					next.ServeHTTP(withoutDate{w}, r)
				})
			}
			here := func() time.Time { return time.Now().Add(test.here) }
			got := newProtocol(t, sim.url, WithClock(here)).invoke(t, revokeAuthorizations, argumentValues{"older_than_days": 30})
			if len(got.diags) > 0 || test.revoked != (len(sim.Authorizations()) == 0) {
				t.Errorf("told %q, left %+v", got.text(), sim.Authorizations())
			}
		})
	}
}

// withoutDate removes the Date header of a response.
type withoutDate struct{ http.ResponseWriter }

func (w withoutDate) WriteHeader(status int) {
	w.Header()["Date"] = nil
	w.ResponseWriter.WriteHeader(status)
}
