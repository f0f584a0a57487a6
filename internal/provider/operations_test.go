package provider

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// Every operation of the API is reached from a configuration.
func TestOperations(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.AddGrant(ghessim.Grant{ClientID: "unwanted-app"})
	config := func(note string) string {
		return sim.config(fmt.Sprintf(`
resource "ghes_authorization" "personal" {
  note = %[3]q
}
resource "ghes_authorization" "app" {
  client_id     = %[1]q
  client_secret = %[2]q
  on_existing   = "adopt"
}
resource "ghes_authorization_fingerprint" "builder" {
  client_id     = %[1]q
  client_secret = %[2]q
  fingerprint   = "builder-1"
}
data "ghes_authorizations" "all" {}
data "ghes_grant" "unwanted" {
  id = 1
}
`, testClientID, testSecret, note))
	}
	w := newWorkspace(t, config("ci"))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", config("ci 2"))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", sim.config(fmt.Sprintf("resource \"ghes_grants_exclusive\" \"this\" {\n  allowed_client_ids = [%q]\n}", testClientID)))
	w.must(0, "apply", "-auto-approve")

	operations := map[string]*regexp.Regexp{
		"list grants":                              regexp.MustCompile(`^GET /api/v3/applications/grants\?`),
		"get a grant":                              regexp.MustCompile(`^GET /api/v3/applications/grants/\d+$`),
		"delete a grant":                           regexp.MustCompile(`^DELETE /api/v3/applications/grants/\d+$`),
		"list authorizations":                      regexp.MustCompile(`^GET /api/v3/authorizations\?`),
		"get an authorization":                     regexp.MustCompile(`^GET /api/v3/authorizations/\d+$`),
		"create an authorization":                  regexp.MustCompile(`^POST /api/v3/authorizations$`),
		"get or create for an app":                 regexp.MustCompile(`^PUT /api/v3/authorizations/clients/[^/]+$`),
		"get or create for an app and fingerprint": regexp.MustCompile(`^PUT /api/v3/authorizations/clients/[^/]+/[^/]+$`),
		"update an authorization":                  regexp.MustCompile(`^PATCH /api/v3/authorizations/\d+$`),
		"delete an authorization":                  regexp.MustCompile(`^DELETE /api/v3/authorizations/\d+$`),
	}
	for _, sent := range sim.sent() {
		maps.DeleteFunc(operations, func(_ string, operation *regexp.Regexp) bool { return operation.MatchString(sent) })
	}
	if len(operations) > 0 {
		t.Errorf("not reached: %q", slices.Sorted(maps.Keys(operations)))
	}
}
