package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const (
	listGrants = "GET /api/v3/applications/grants?page=1&per_page=100"
	chatID     = "bbbbbbbbbbbbbbbbbbbb"
	spamID     = "cccccccccccccccccccc"
)

// withApps registers two more apps.
func withApps(o *ghessim.Options) {
	o.Apps = append(o.Apps,
		ghessim.App{ClientID: chatID, ClientSecret: testSecret, Name: "Chat"},
		// Ends its line, and starts one that looks harmless.
		ghessim.App{ClientID: spamID, ClientSecret: testSecret, Name: "Spam\"\n  7: \"Nothing"})
}

// exclusive is a configuration that allows those apps.
func (i *instance) exclusive(clientIDs ...string) string {
	return i.config(fmt.Sprintf("resource \"ghes_grants_exclusive\" \"test\" {\n  allowed_client_ids = %s\n}\n", jsonList(clientIDs)))
}

func jsonList(all []string) string {
	return strings.ReplaceAll(fmt.Sprintf("%q", all), " ", ", ")
}

// allow adds a grant of each app, and returns their IDs.
func (i *instance) allow(clientIDs ...string) (ids []int64) {
	for _, id := range clientIDs {
		ids = append(ids, i.AddGrant(ghessim.Grant{ClientID: id}).ID)
	}
	return ids
}

// checkGrants compares the apps that have a grant.
func (i *instance) checkGrants(t *testing.T, want ...string) {
	t.Helper()
	got := []string{}
	for _, g := range i.Grants() {
		got = append(got, g.ClientID)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("grants of %q, want %q", got, want)
	}
}

// checkRequests compares the requests since the last look, in order.
func (i *instance) checkRequests(t *testing.T, want ...string) {
	t.Helper()
	if got := i.sent(); !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
}

func readGrant(id int64) string {
	return fmt.Sprintf("GET /api/v3/applications/grants/%d", id)
}

func deleteRequest(id int64) string {
	return fmt.Sprintf("DELETE /api/v3/applications/grants/%d", id)
}

// containsNone fails if output has one of the texts.
func containsNone(t *testing.T, output string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(output, text) {
			t.Errorf("output contains %q:\n%s", text, output)
		}
	}
}

func TestGrantsExclusiveResource_firstApply(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	for _, id := range []string{testClientID, chatID, chatID, spamID, ""} {
		sim.AddAuthorization(ghessim.Authorization{ClientID: id, Note: new("n"), Fingerprint: new(fmt.Sprint(len(sim.Authorizations())))})
	}
	sim.AddGrant(ghessim.Grant{ClientID: spamID})
	w := newWorkspace(t, sim.exclusive(testClientID))
	output := w.must(2, "plan", "-detailed-exitcode")
	contains(t, output, "Warning: Grants will be revoked: 2, beginning with ID 2", `2: "Chat", client ID "`+chatID+`"`,
		`3: "Spam\" 7: \"Nothing", client ID "`+spamID+`"`, "If the resource is new or replaced", "+ unexpected = []")
	containsNone(t, output, "Deployer")
	sim.checkRequests(t, listGrants)
	sim.checkGrants(t, testClientID, chatID, spamID)

	w.must(0, "apply", "-auto-approve")
	// The CLI plans a create once more right before it.
	sim.checkRequests(t, listGrants, listGrants, readGrant(2), deleteRequest(2), readGrant(3), deleteRequest(3))
	sim.checkGrants(t, testClientID)
	var left []string
	for _, a := range sim.Authorizations() {
		left = append(left, a.ClientID)
	}
	if !slices.Equal(left, []string{testClientID, ""}) {
		t.Errorf("authorizations of %q are left", left)
	}
	containsNone(t, w.must(0, "plan", "-detailed-exitcode"), "Warning")
	sim.checkRequests(t, listGrants)
	containsNone(t, w.must(0, "plan", "-detailed-exitcode", "-refresh=false"), "Warning")
	sim.checkRequests(t)
}

func TestGrantsExclusiveResource_drift(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	sim.allow(testClientID)
	w := newWorkspace(t, sim.exclusive(testClientID))
	containsNone(t, w.must(0, "apply", "-auto-approve"), "Warning")
	sim.allow(chatID)
	sim.forget()

	contains(t, w.must(2, "plan", "-refresh-only", "-detailed-exitcode"), "Objects have changed outside of", `+ app_name = "Chat"`)
	output := w.must(2, "plan", "-detailed-exitcode")
	contains(t, output, "Grants will be revoked: 1, beginning with ID 2", `2: "Chat", client ID "`+chatID+`"`,
		"will be updated in-place", "0 to add, 1 to change, 0 to destroy", `- app_name = "Chat"`)
	sim.checkRequests(t, listGrants, listGrants)
	w.must(0, "apply", "-auto-approve")
	sim.checkRequests(t, listGrants, readGrant(2), deleteRequest(2))
	sim.checkGrants(t, testClientID)
	w.must(0, "plan", "-detailed-exitcode")
}

// A grant that appears after the plan stays, whatever else the apply revokes. A grant
// that was deleted by then is no error.
func TestGrantsExclusiveResource_betweenPlanAndApply(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	w := newWorkspace(t, sim.exclusive())
	w.must(0, "apply", "-auto-approve")
	there := sim.allow(testClientID, chatID)
	contains(t, w.must(0, "plan", "-out=saved"), "Grants will be revoked: 2")
	sim.RevokeGrant(there[1])
	appeared := sim.allow(chatID, spamID) // for one of the apps it is another grant than the one in the plan
	sim.forget()

	w.must(0, "apply", "saved")
	sim.checkRequests(t, readGrant(there[0]), deleteRequest(there[0]), readGrant(there[1]))
	sim.checkGrants(t, chatID, spamID)
	containsNone(t, w.must(0, "plan", "-detailed-exitcode", "-refresh=false"), "Warning")
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "Grants will be revoked: 2")
	sim.forget()
	w.must(0, "apply", "-auto-approve")
	sim.checkRequests(t, listGrants, readGrant(appeared[0]), deleteRequest(appeared[0]), readGrant(appeared[1]), deleteRequest(appeared[1]))
	sim.checkGrants(t)
}

func TestGrantsExclusiveResource_allowedChanges(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	sim.allow(testClientID, chatID)
	w := newWorkspace(t, sim.exclusive(testClientID, chatID))
	w.must(0, "apply", "-auto-approve")
	sim.forget()

	w.write("main.tf", sim.exclusive(testClientID, chatID, spamID))
	output := w.must(0, "apply", "-auto-approve")
	contains(t, output, "0 added, 1 changed, 0 destroyed")
	containsNone(t, output, "Warning")
	sim.checkRequests(t, listGrants)

	w.write("main.tf", sim.exclusive(testClientID, spamID))
	contains(t, w.must(2, "plan", "-detailed-exitcode"), "Grants will be revoked: 1", `2: "Chat"`)
	sim.forget()
	w.must(0, "apply", "-auto-approve")
	sim.checkRequests(t, listGrants, readGrant(2), deleteRequest(2))
	w.must(0, "plan", "-detailed-exitcode")

	// An unexpected grant that is now allowed stays.
	sim.allow(chatID)
	w.must(0, "apply", "-refresh-only", "-auto-approve")
	w.write("main.tf", sim.exclusive(testClientID, chatID))
	containsNone(t, w.must(0, "apply", "-auto-approve", "-refresh=false"), "Warning")
	sim.checkGrants(t, testClientID, chatID)

	// Without a refresh, the apply revokes the grants that the last refresh saw.
	w.write("main.tf", sim.exclusive())
	contains(t, w.must(2, "plan", "-detailed-exitcode", "-refresh=false"), "Grants will be revoked: 2")
	sim.forget()
	w.must(0, "apply", "-auto-approve", "-refresh=false")
	sim.checkRequests(t, readGrant(1), deleteRequest(1), readGrant(3), deleteRequest(3))
}

func TestGrantsExclusiveResource_refused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ ids, want string }{
		"unknown element": {`["a", terraform_data.id.output]`, "Unknown allowed client IDs"},
		"unknown":         {`toset(split(",", terraform_data.id.output))`, "Unknown allowed client IDs"},
		"null element":    {`["a", null]`, "Null"},
		"empty text":      {`["a", ""]`, "1 to 20 characters"},
		"null":            {`null`, "allowed_client_ids"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.allow(testClientID)
			config := func(ids string) string {
				return sim.config("resource \"terraform_data\" \"id\" {\n  input = timestamp()\n}\nresource \"ghes_grants_exclusive\" \"test\" {\n  allowed_client_ids = " + ids + "\n}\n")
			}
			w := newWorkspace(t, config(test.ids))
			contains(t, w.must(1, "plan"), test.want)
			sim.checkRequests(t)

			w.write("main.tf", config(jsonList([]string{testClientID})))
			w.must(0, "apply", "-auto-approve")
			w.write("main.tf", config(test.ids))
			contains(t, w.must(1, "apply", "-auto-approve"), test.want)
			sim.checkGrants(t, testClientID)
		})
	}
}

// A plan of a create cannot list the grants to revoke before the server is known.
func TestGrantsExclusiveResource_unknownSettings(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, strings.Replace(sim.exclusive(testClientID), fmt.Sprintf("%q", sim.url), "terraform_data.url.output", 1)+
		fmt.Sprintf("resource \"terraform_data\" \"url\" {\n  input = %q\n}\n", sim.url))
	contains(t, w.must(1, "plan"), "Unable to read grants", "base_url", "-target")
	w.must(0, "apply", "-auto-approve", "-target=terraform_data.url")
	w.must(0, "apply", "-auto-approve")
}

// failSecond makes the server fail the second DELETE and those that follow.
func failSecond(sim *instance) {
	var count atomic.Int64
	sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete && count.Add(1) > 1 {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, `{"message":"Server Error"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func TestGrantsExclusiveResource_partialFailure(t *testing.T) {
	t.Parallel()
	for name, imported := range map[string]bool{"create": false, "update": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t, withApps)
			ids := sim.allow(testClientID, chatID, spamID)
			w := newWorkspace(t, sim.exclusive())
			if imported {
				w.must(0, "import", "ghes_grants_exclusive.test", "all")
			}
			failSecond(sim)
			contains(t, w.must(1, "apply", "-auto-approve"), "Unable to revoke grant 2", deleteRequest(2)+": 500 Internal Server Error: \"Server Error\"")
			sim.checkGrants(t, chatID, spamID)
			_, unexpected, _ := strings.Cut(w.must(0, "show"), "unexpected = [")
			contains(t, unexpected, `"`+chatID+`"`, `"`+spamID+`"`)
			containsNone(t, unexpected, testClientID)

			sim.Intercept(nil)
			sim.forget()
			contains(t, w.must(2, "plan", "-detailed-exitcode"), "Grants will be revoked: 2")
			w.must(0, "apply", "-auto-approve")
			sim.checkGrants(t)
			if sent := sim.sent(); !slices.Equal(sent[len(sent)-4:], []string{readGrant(ids[1]), deleteRequest(ids[1]), readGrant(ids[2]), deleteRequest(ids[2])}) {
				t.Errorf("sent %q", sent)
			}
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}
