package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const tooMany = "Warning: Too many tokens for the app"

// appTokens declares n tokens of the app with the same scopes.
func (i *instance) appTokens(n int, arguments string) string {
	return i.config(fmt.Sprintf("resource \"ghes_authorization\" \"test\" {\n  count = %d\n  client_id = %q\n  client_secret = %q\n  fingerprint = \"f${count.index}\"\n%s\n}\n",
		n, testClientID, testSecret, arguments))
}

// The server keeps ten tokens of an app with the same scopes. A plan with more warns, also
// because of those that are on the server already.
func TestAppTokens(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		existing, declared int
		arguments          string
		warns              bool
	}{
		"ten":                      {0, 10, ``, false},
		"twelve":                   {0, 12, ``, true},
		"twelve with other scopes": {0, 12, `scopes = count.index < 6 ? ["repo"] : ["gist"]`, false},
		"on the server":            {9, 2, `on_existing = "adopt"`, true},
		"adopted":                  {0, 6, `on_existing = "adopt"`, false},
		"few on the server":        {8, 2, `on_existing = "adopt"`, false},
		"others on the server":     {12, 2, "on_existing = \"adopt\"\nscopes = [\"gist\"]", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			for i := range test.existing {
				sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new(fmt.Sprintf("other-%d", i))})
			}
			if name == "adopted" {
				for i := range 6 {
					sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new(fmt.Sprintf("f%d", i))})
				}
			}
			w := newWorkspace(t, sim.appTokens(test.declared, test.arguments))
			output := w.must(0, "plan")
			if n := strings.Count(output, tooMany); n > 1 || (n == 1) != test.warns {
				t.Errorf("%d warnings:\n%s", n, output)
			}
		})
	}
}

// With create_before_destroy, a replacement needs a place beside the token that it replaces.
func TestAppTokens_replacement(t *testing.T) {
	t.Parallel()
	for n, warns := range map[int]bool{9: false, 10: true} {
		sim := newInstance(t)
		arguments := "rotate_when_changed = { v = %q }"
		w := newWorkspace(t, sim.appTokens(n, fmt.Sprintf(arguments, "1")))
		containsNone(t, w.must(0, "apply", "-auto-approve"), tooMany)
		containsNone(t, w.must(0, "plan"), tooMany)
		w.write("main.tf", sim.appTokens(n, fmt.Sprintf(arguments, "2")))
		if output := w.must(0, "plan"); strings.Contains(output, tooMany) != warns {
			t.Errorf("%d tokens: %s", n, output)
		}
	}
}
