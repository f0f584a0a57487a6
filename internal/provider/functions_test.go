package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// The functions return these results, and send no request.
func TestFunctions(t *testing.T) {
	t.Parallel()
	scopes := func(names ...string) knownvalue.Check {
		checks := []knownvalue.Check{}
		for _, name := range names {
			checks = append(checks, knownvalue.StringExact(name))
		}
		return knownvalue.SetExact(checks)
	}
	var config strings.Builder
	checks := []statecheck.StateCheck{}
	for call, want := range map[string]knownvalue.Check{
		`normalize_scopes(["repo", "gist", "repo:status", "repo"])`:       scopes("gist", "repo"),
		`normalize_scopes(toset(["read:org", "admin:org", "write:org"]))`: scopes("admin:org"),
		`normalize_scopes(["Repo", "frobnicate", "repo"])`:                scopes("Repo", "frobnicate", "repo"),
		`normalize_scopes([])`:   scopes(),
		`normalize_scopes(null)`: scopes(),

		`scopes_cover(["admin:org", "gist"], ["read:org"])`:                                  knownvalue.Bool(true),
		`scopes_cover(["frobnicate"], ["frobnicate"])`:                                       knownvalue.Bool(true),
		`scopes_cover(["read:org"], ["admin:org"])`:                                          knownvalue.Bool(false),
		`scopes_cover(["repo"], ["repo:status", "gist"])`:                                    knownvalue.Bool(false),
		`scopes_cover(["read:user", "user:email", "user:follow"], ["user"])`:                 knownvalue.Bool(false),
		`scopes_cover([], null)`:                                                             knownvalue.Bool(true),
		`scopes_cover(null, ["gist"])`:                                                       knownvalue.Bool(false),
		`audit_log_hash(provider::ghes::token_sha256("abc"))`:                                knownvalue.StringExact("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
		`audit_log_hash("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")`: knownvalue.StringExact("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
		`token_sha256("abc")`:                                                                knownvalue.StringExact("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
		`token_last_eight("not-a-real-token")`:                                               knownvalue.StringExact("al-token"),
		`token_last_eight("12345678")`:                                                       knownvalue.StringExact("12345678"),
		`token_last_eight("short")`:                                                          knownvalue.StringExact("short"),
		`token_last_eight("äöüßäöüß¡")`:                                                      knownvalue.StringExact("öüßäöüß¡"),
	} {
		name := fmt.Sprintf("f%d", len(checks))
		fmt.Fprintf(&config, "output %q { value = provider::ghes::%s }\n", name, call)
		checks = append(checks, statecheck.ExpectKnownOutputValue(name, want))
	}
	sim := newInstance(t)
	sim.test(t, resource.TestStep{Config: sim.config(config.String()), ConfigStateChecks: append(checks, sim.expectSent())})
}

func TestFunctions_refused(t *testing.T) {
	t.Parallel()
	for call, want := range map[string]string{
		`normalize_scopes(["gist", null])`: `"scopes" parameter: A scope is null or empty. Remove it: compact() removes such values from a list.`,
		`normalize_scopes([""])`:           `"scopes" parameter: A scope is null or empty.`,
		`scopes_cover(["gist", null], [])`: `"have" parameter: A scope is null or empty.`,
		`scopes_cover([], ["gist", ""])`:   `"need" parameter: A scope is null or empty.`,
		`audit_log_hash("")`:               `"hashed_token" parameter: The value is not a SHA-256 in hexadecimal`,
		`audit_log_hash("ba78")`:           `"hashed_token" parameter: The value is not a SHA-256 in hexadecimal`,
		`audit_log_hash(null)`:             `"hashed_token" parameter: argument must not be null.`,
		`token_sha256("")`:                 `"token" parameter: The token is empty.`,
		`token_sha256(sensitive(""))`:      `"token" parameter: The token is empty.`,
		`token_sha256(null)`:               `"token" parameter: argument must not be null.`,
		`token_last_eight("")`:             `"token" parameter: The token is empty.`,
		`token_last_eight(null)`:           `"token" parameter: argument must not be null.`,
	} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, requiredProviders+fmt.Sprintf("output \"test\" { value = nonsensitive(provider::ghes::%s) }\n", call))
			contains(t, w.must(1, "plan"), want)
		})
	}
}

// The result for an unknown argument is unknown, and no error.
func TestFunctions_unknown(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, newInstance(t).config(`
resource "terraform_data" "test" {
  input = "repo"
}
output "normal" { value = provider::ghes::normalize_scopes(["repo:status", terraform_data.test.output]) }
output "covered" { value = provider::ghes::scopes_cover([terraform_data.test.output], ["repo:status"]) }
output "hash" { value = provider::ghes::token_sha256(terraform_data.test.output) }
output "end" { value = provider::ghes::token_last_eight(terraform_data.test.output) }
`))
	contains(t, w.must(0, "plan"),
		"+ normal = (known after apply)", "+ covered = (known after apply)", "+ hash = (known after apply)", "+ end = (known after apply)")
	contains(t, w.must(0, "apply", "-auto-approve"),
		`normal = toset([ "repo", ])`, `covered = true`, fmt.Sprintf("hash = %q", sha256Hex("repo")), `end = "repo"`)
	w.must(0, "plan", "-detailed-exitcode")
}

// The results for a token equal the server's values, in the apply that creates the
// token. They are as sensitive as the token.
func TestFunctions_token(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.19.0", "2.22.0"} { // two formats of tokens
		sim := newInstance(t, func(o *ghessim.Options) { o.Version = version })
		config := sim.config(`
resource "ghes_authorization" "test" {
  note = "ci"
}
output "hash" { value = nonsensitive(provider::ghes::token_sha256(ghes_authorization.test.token) == ghes_authorization.test.hashed_token) }
output "end" { value = nonsensitive(provider::ghes::token_last_eight(ghes_authorization.test.token) == ghes_authorization.test.token_last_eight) }
`)
		w := newWorkspace(t, config)
		contains(t, w.must(0, "apply", "-auto-approve"), "1 added, 0 changed, 0 destroyed", "hash = true", "end = true")
		w.must(0, "plan", "-detailed-exitcode")
		w.write("main.tf", strings.ReplaceAll(config, "nonsensitive(", "tobool("))
		contains(t, w.must(1, "plan"), "Output refers to sensitive values")
	}
}

// The examples distinguish a token that the server created from another one.
func TestFunctionExamples_token(t *testing.T) {
	t.Parallel()
	const token, another = "not-a-real-token-of-ci", "not-a-real-token-either"
	for name, test := range map[string]struct{ says, of, notOf string }{
		"functions/token_sha256/function.tf":     {"CI does not use the current token", another, token},
		"functions/token_last_eight/function.tf": {`whose = { "2" = "CI" }`, token, another},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.AddAuthorization(ghessim.Authorization{Note: new("laptop")})
			sim.AddAuthorization(ghessim.Authorization{Note: new("CI"), Token: token})
			config := sim.config(example(t, name))
			apply := func(token string) string {
				w := newWorkspace(t, config)
				w.env = append(w.env, "TF_VAR_ci_token="+token, "TF_VAR_found="+token)
				return w.must(0, "apply", "-auto-approve")
			}
			contains(t, apply(test.of), test.says)
			if output := apply(test.notOf); strings.Contains(output, test.says) {
				t.Errorf("of another token:\n%s", output)
			}
		})
	}
}

// The examples print the searches for the audit log.
func TestFunctionExamples_auditLog(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"functions/audit_log_hash/function.tf": `audit_log_search = "hashed_token:\"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\""`,
	} {
		sim := newInstance(t)
		sim.AddAuthorization(ghessim.Authorization{Note: new("CI"), Token: "abc"})
		sim.AddAuthorization(ghessim.Authorization{Note: new("ci-1"), Token: "abc"})
		contains(t, newWorkspace(t, sim.config(example(t, name))).must(0, "apply", "-auto-approve"), want)
	}
}
