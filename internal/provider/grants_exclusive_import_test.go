package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestGrantsExclusiveResource_destroy(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.allow(testClientID)
	w := newWorkspace(t, sim.exclusive(testClientID))
	w.must(0, "apply", "-auto-approve")
	sim.forget()
	contains(t, w.must(2, "plan", "-destroy", "-detailed-exitcode"), "Warning: Grants are not revoked", "1 to destroy")
	w.write("main.tf", sim.config(""))
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Grants are not revoked", "1 destroyed")
	sim.checkRequests(t, listGrants, listGrants)
	sim.checkGrants(t, testClientID)
}

// A replacement is a create: it lists the grants again, and revokes them.
func TestGrantsExclusiveResource_replace(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	w := newWorkspace(t, sim.exclusive(testClientID))
	w.must(0, "apply", "-auto-approve")
	sim.allow(testClientID, chatID)
	contains(t, w.must(0, "apply", "-auto-approve", "-replace=ghes_grants_exclusive.test"), "Grants will be revoked: 1", `2: "Chat"`, "1 added, 0 changed, 1 destroyed")
	sim.checkGrants(t, testClientID)
	w.must(0, "plan", "-detailed-exitcode")
}

// The careful way: an import takes over all grants, and then every plan is exact,
// including the first one.
func TestGrantsExclusiveResource_import(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	sim.allow(testClientID, chatID)
	w := newWorkspace(t, sim.exclusive(testClientID, chatID))
	contains(t, w.must(0, "import", "ghes_grants_exclusive.test", "whatever"), "Import successful")
	sim.checkRequests(t, listGrants)
	containsNone(t, w.must(0, "plan", "-detailed-exitcode"), "Warning")

	w.write("main.tf", sim.exclusive(testClientID))
	contains(t, w.must(0, "plan", "-out=saved"), "Grants will be revoked: 1", `2: "Chat"`, "0 to add, 1 to change")
	sim.allow(spamID)
	sim.forget()
	w.must(0, "apply", "saved")
	sim.checkRequests(t, readGrant(2), deleteRequest(2))
	sim.checkGrants(t, testClientID, spamID)
}

func TestGrantsExclusiveResource_importBlock(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	sim.allow(testClientID, chatID)
	const block = "import {\n  to = ghes_grants_exclusive.test\n  id = \"all\"\n}\n"
	w := newWorkspace(t, sim.exclusive(testClientID)+block)
	contains(t, w.must(0, "plan", "-out=saved"), "1 to import, 0 to add, 1 to change", "Grants will be revoked: 1", `2: "Chat"`)
	sim.allow(spamID)
	sim.forget()
	w.must(0, "apply", "saved")
	sim.checkRequests(t, readGrant(2), deleteRequest(2))
	sim.checkGrants(t, testClientID, spamID)
}

func TestGrantsExclusiveResource_generatedConfig(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	sim.allow(testClientID, chatID)
	block := "import {\n  to       = ghes_grants_exclusive.test\n  id       = \"all\"\n  provider = ghes\n}\n"
	w := newWorkspace(t, sim.config(block))
	contains(t, w.must(2, "plan", "-generate-config-out=generated.tf", "-detailed-exitcode"), "1 to import, 0 to add, 0 to change, 0 to destroy")
	contains(t, w.read("generated.tf"), testClientID, chatID)
	containsNone(t, w.read("generated.tf"), "unexpected")
	w.write("main.tf", sim.config(strings.ReplaceAll(block, "  provider = ghes\n", "")))
	contains(t, w.must(0, "apply", "-auto-approve"), "1 imported, 0 added, 0 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
	sim.checkGrants(t, testClientID, chatID)
}

// A server without the API says nothing about grants: the state is kept.
func TestGrantsExclusiveResource_apiGone(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusNotFound, http.StatusGone} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.allow(testClientID)
			w := newWorkspace(t, sim.exclusive(testClientID))
			gone := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				w.WriteHeader(status)
				fmt.Fprint(w, `{"message":"Not Found"}`)
			}
			sim.Intercept(gone)
			contains(t, w.must(1, "plan"), "Unable to read grants", fmt.Sprint(status), "this server does not offer the OAuth Authorizations API")
			sim.Intercept(nil)
			w.must(0, "apply", "-auto-approve")
			sim.Intercept(gone)
			contains(t, w.must(1, "plan"), "Unable to read grants", "this server does not offer the OAuth Authorizations API")
			sim.Intercept(nil)
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

func TestGrantsExclusiveResource_pages(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for n := range 120 {
		sim.allow(fmt.Sprintf("%020d", n))
	}
	w := newWorkspace(t, sim.exclusive(fmt.Sprintf("%020d", 119)))
	output := w.must(0, "plan")
	contains(t, output, "Grants will be revoked: 119")
	if n := strings.Count(output, ", client ID \""); n != 119 {
		t.Errorf("the plan lists %d grants", n)
	}
	sim.forget()
	w.must(0, "apply", "-auto-approve")
	sim.checkGrants(t, fmt.Sprintf("%020d", 119))
	var deleted []string
	for _, r := range sim.sent() {
		if strings.HasPrefix(r, "DELETE") {
			deleted = append(deleted, r)
		}
	}
	if len(deleted) != 119 || deleted[0] != deleteRequest(1) || deleted[118] != deleteRequest(119) {
		t.Errorf("sent %q, want 119 in order of ID", deleted)
	}
	w.must(0, "plan", "-detailed-exitcode")
}

// The CLIs show one of several warnings that have the same summary. Nothing
// may go that is not shown.
func TestGrantsExclusiveResource_twoWarnings(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, withApps)
	sim.allow(chatID, spamID)
	w := newWorkspace(t, sim.exclusive(chatID)+fmt.Sprintf("resource \"ghes_grants_exclusive\" \"other\" {\n  allowed_client_ids = [%q]\n}\n", spamID))
	contains(t, w.must(0, "plan"), `1: "Chat"`, `2: "Spam`)
}

// Each way to import in the example leads to a plan that lists the grants to revoke.
func TestGrantsExclusiveResource_exampleImport(t *testing.T) {
	t.Parallel()
	_, command, ok := strings.Cut(example(t, "resources/ghes_grants_exclusive/import.sh"), "\nterraform ")
	if !ok {
		t.Fatal("import.sh does not end in a terraform command")
	}
	for name, by := range map[string]struct {
		block   string
		command []string
	}{
		"block":   {block: example(t, "resources/ghes_grants_exclusive/import-by-string-id.tf")},
		"command": {command: strings.Fields(command)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t, withApps)
			sim.allow(testClientID, chatID)
			w := newWorkspace(t, sim.config(example(t, "resources/ghes_grants_exclusive/resource.tf")+by.block))
			if by.command != nil {
				w.must(0, by.command...)
			}
			contains(t, w.must(0, "apply", "-auto-approve"), "Grants will be revoked: 1", `2: "Chat"`, "0 added, 1 changed, 0 destroyed")
			sim.checkGrants(t, testClientID)
		})
	}
}
