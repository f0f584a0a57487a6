package provider

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// Every example of a data source works on a server with its object, and changes nothing
// there.
func TestDataSourceExamples(t *testing.T) {
	t.Parallel()
	for name, text := range exampleFiles(t, "data-sources/*/data-source*.tf") {
		t.Run(filepath.Base(filepath.Dir(name)), func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.AddAuthorization(ghessim.Authorization{Note: new("CI: clone, and set commit statuses"), Scopes: []string{"repo"}})
			sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("builder-1"), Scopes: []string{"repo_deployment"}})
			w := newWorkspace(t, sim.config(text))
			// The outputs show that something was found.
			contains(t, w.must(0, "apply", "-auto-approve"), "Outputs:", map[string]string{
				"ghes_authorization":  `"ci" = toset([ "repo", ]) "deployer" = toset([ "repo_deployment", ])`,
				"ghes_authorizations": `"1" = "CI: clone, and set commit statuses"`,
				"ghes_grant":          `deployer_may = toset([ "repo_deployment", ])`,
				"ghes_grants":         `apps = [ "Deployer", ]`,
			}[filepath.Base(filepath.Dir(name))])
			w.must(0, "plan", "-detailed-exitcode")
			for _, sent := range sim.sent() {
				if !strings.HasPrefix(sent, "GET ") {
					t.Errorf("sent %s", sent)
				}
			}
		})
	}
}
