package provider

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// The first plan shows what it revokes as a value, and the state keeps it.
func TestGrantsExclusivePlan_revoked(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	sim.allow(testClientID, chatID)
	w := newWorkspace(t, sim.exclusive(testClientID))
	w.must(0, "plan", "-out=saved")
	for step, json := range []string{w.must(0, "show", "-json", "saved"), w.must(0, "apply", "saved") + w.must(0, "show", "-json")} {
		if ids := revokedIDs(t, json); len(ids) != 1 || ids[0] != 2 {
			t.Errorf("step %d: revoked is %v", step, ids)
		}
	}
	// It stays while nothing more is revoked.
	w.write("main.tf", sim.exclusive(testClientID, chatID))
	w.must(0, "apply", "-auto-approve")
	if ids := revokedIDs(t, w.must(0, "show", "-json")); len(ids) != 1 || ids[0] != 2 {
		t.Errorf("revoked is %v", ids)
	}
	// The next plan that revokes shows the others only.
	sim.allow(spamID)
	contains(t, w.must(0, "apply", "-auto-approve"), "Grants will be revoked: 1")
	if ids := revokedIDs(t, w.must(0, "show", "-json")); len(ids) != 1 || ids[0] != 3 {
		t.Errorf("revoked is %v", ids)
	}
}

// revokedIDs returns the IDs in the attribute revoked in the output of show -json.
func revokedIDs(t *testing.T, output string) (ids []int64) {
	t.Helper()
	_, after, _ := strings.Cut(output, `"revoked":`)
	var revoked []struct {
		ID      int64  `json:"grant_id"`
		Created string `json:"created_at"`
	}
	if err := json.NewDecoder(strings.NewReader(after)).Decode(&revoked); err != nil {
		t.Fatalf("%v in %s", err, output)
	}
	for _, g := range revoked {
		if g.Created == "" {
			t.Errorf("grant %d has no created_at", g.ID)
		}
		ids = append(ids, g.ID)
	}
	return ids
}

// A grant that appears after the plan of the first apply ends that apply before anything
// is revoked.
func TestGrantsExclusivePlan_firstApplyChanged(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(sim *instance){
		"another one": func(sim *instance) { sim.allow(spamID) },
		"one less":    func(sim *instance) { sim.RevokeGrant(1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t, withApps)
			sim.allow(testClientID, chatID)
			w := newWorkspace(t, sim.exclusive())
			contains(t, w.must(0, "plan", "-out=saved"), "Grants will be revoked: 2", `"Provider produced inconsistent final plan"`, "plan and apply again")
			change(sim)
			before := len(sim.Grants())
			contains(t, w.must(1, "apply", "saved"), "Provider produced inconsistent final plan")
			if after := len(sim.Grants()); after != before {
				t.Errorf("%d grants are left of %d", after, before)
			}
			w.must(0, "apply", "-auto-approve")
			sim.checkGrants(t)
		})
	}
}

// A grant whose ID belongs to another one when it is to be revoked stays.
func TestGrantsExclusivePlan_reusedID(t *testing.T) {
	t.Parallel()
	for name, disguise := range map[string]string{
		"app":  `"client_id":"` + testClientID + `"`,
		"time": `"created_at":"2001-02-03T04:05:06Z"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t, withApps)
			sim.allow(testClientID, chatID)
			w := newWorkspace(t, sim.exclusive(testClientID))
			w.must(0, "plan", "-out=saved")
			grant := `{"id":2,"url":"","app":{"name":"Another","url":"","client_id":"` + chatID + `"},"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","scopes":[]}`
			key, _, _ := strings.Cut(disguise, ":")
			_, tail, _ := strings.Cut(grant, key+`:"`)
			value, _, _ := strings.Cut(tail, `"`)
			answerGrant(sim, 2, strings.Replace(grant, key+`:"`+value+`"`, disguise, 1))
			contains(t, w.must(0, "apply", "saved"), "Warning: Grant 2 was not revoked", "The plan showed the grant 2: \"Chat\"", "Now this ID belongs to the grant")
			sim.checkGrants(t, testClientID, chatID)
		})
	}
}

// answerGrant has the server respond to reads of one grant with this body.
func answerGrant(sim *instance, id int64, body string) {
	sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method+" "+r.URL.Path == readGrant(id) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			_, _ = w.Write([]byte(body))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Two resources warn, also when one of them is new. A replacement is not a second one.
func TestGrantsExclusivePlan_twice(t *testing.T) {
	t.Parallel()
	const warning = "Warning: Several resources revoke grants"
	sim := newInstance(t, withApps)
	sim.allow(testClientID)
	one := sim.exclusive(testClientID)
	w := newWorkspace(t, one)
	w.must(0, "apply", "-auto-approve")
	containsNone(t, w.must(0, "plan", "-replace=ghes_grants_exclusive.test"), warning)
	two := one + "resource \"ghes_grants_exclusive\" \"other\" {\n  allowed_client_ids = [\"" + testClientID + "\"]\n}\n"
	w.write("main.tf", two)
	contains(t, w.must(0, "plan"), warning)
	contains(t, w.must(0, "apply", "-auto-approve"), warning)
	contains(t, w.must(0, "plan"), warning)
	w.write("main.tf", one)
	containsNone(t, w.must(0, "apply", "-auto-approve"), warning)
}

// A state that is older than the attribute revoked gives no difference.
func TestGrantsExclusivePlan_olderState(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	sim.allow(testClientID)
	w := newWorkspace(t, sim.exclusive(testClientID))
	w.must(0, "apply", "-auto-approve")
	state := w.state()
	older := strings.Replace(state, `"revoked": [],`, "", 1)
	if older == state {
		t.Fatal(state)
	}
	w.write("terraform.tfstate", older)
	w.must(0, "plan", "-detailed-exitcode")
	sim.allow(chatID)
	contains(t, w.must(0, "apply", "-auto-approve"), "Grants will be revoked: 1")
	w.must(0, "plan", "-detailed-exitcode")
}
