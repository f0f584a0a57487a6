package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// Every pair of spellings that grants the same is no change, on a server that
// drops implied scopes and on one that keeps them.
func TestScopes_sameGrants(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ first, second string }{
		"order":               {`["repo", "gist", "user"]`, `["user", "repo", "gist"]`},
		"repeats":             {`["repo", "gist"]`, `["gist", "repo", "repo", "gist"]`},
		"none":                {`null`, `[]`},
		"implied, left out":   {`["repo", "repo:status", "public_repo"]`, `["repo"]`},
		"implied, added":      {`["admin:org"]`, `["admin:org", "write:org", "read:org"]`},
		"implied, far down":   {`["admin:repo_hook"]`, `["admin:repo_hook", "read:repo_hook"]`},
		"unknown to the docs": {`["frobnicate", "repo"]`, `["repo", "frobnicate"]`},
	} {
		for _, prune := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, pruned %t", name, prune), func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t, func(o *ghessim.Options) { o.PruneScopes = prune })
				config := func(scopes string) string {
					return sim.config(fmt.Sprintf("resource \"ghes_authorization\" \"test\" {\n  note   = \"ci\"\n  scopes = %s\n}", scopes))
				}
				w := newWorkspace(t, config(test.first))
				w.must(0, "apply", "-auto-approve")
				w.must(0, "plan", "-detailed-exitcode")
				// Terraform's exit code is 2 here whatever the provider does.
				contains(t, w.must(0, "plan", "-refresh-only"), "No changes.")
				w.write("main.tf", config(test.second))
				w.must(0, "plan", "-detailed-exitcode")
			})
		}
	}
}

// A real change is one PATCH with all scopes.
func TestScopes_change(t *testing.T) {
	t.Parallel()
	for _, prune := range []bool{false, true} {
		sim := newInstance(t, func(o *ghessim.Options) { o.PruneScopes = prune })
		config := func(scopes string) string {
			return sim.config(fmt.Sprintf("resource \"ghes_authorization\" \"test\" {\n  note   = \"ci\"\n  scopes = %s\n}", scopes))
		}
		w := newWorkspace(t, config(`["repo:status", "public_repo"]`))
		w.must(0, "apply", "-auto-approve")
		for _, step := range []struct{ scopes, body string }{
			{`["repo"]`, `{"scopes":["repo"]}`},
			{`["repo:status"]`, `{"scopes":["repo:status"]}`},
			{`["repo:status", "repo"]`, `{"scopes":["repo","repo:status"]}`},
			{`["gist", "repo"]`, `{"scopes":["gist","repo"]}`},
			{`[]`, `{"scopes":[]}`},
		} {
			w.write("main.tf", config(step.scopes))
			sim.forget()
			w.must(0, "apply", "-auto-approve")
			w.must(0, "plan", "-detailed-exitcode")
			var sent []string
			for _, r := range sim.Requests() {
				if r.Method == http.MethodPatch {
					sent = append(sent, strings.TrimSpace(r.Body))
				}
			}
			if !slices.Equal(sent, []string{step.body}) {
				t.Errorf("%s: PATCHed %q, want %s", step.scopes, sent, step.body)
			}
		}
	}
}

func TestScopes_warnings(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(`resource "ghes_authorization" "test" {
  note   = "ci"
  scopes = ["repo", "repo:status", "frobnicate"]
}`))
	output := w.must(0, "plan")
	contains(t, output,
		`Warning: Redundant scope`, `"repo" grants all that "repo:status" does`,
		`Warning: Unknown scope`, `documents no scope "frobnicate"`,
		`scopes = ["repo", "repo:status", "frobnicate"]`)
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
}
