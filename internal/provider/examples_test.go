package provider

import (
	"crypto/tls"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const examples = "../../examples"

// example returns the text of one example.
func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(examples, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// exampleFiles returns the examples that match one of the patterns, with their
// text, for tests that apply them all.
func exampleFiles(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join(examples, pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("no example matches %s (%v)", pattern, err)
		}
		for _, name := range names {
			texts[name] = example(t, strings.TrimPrefix(name, examples+"/"))
		}
	}
	return texts
}

// Every example is used by a test: the source of one names it, or a pattern that
// it matches.
func TestExamples_used(t *testing.T) {
	t.Parallel()
	named := sourceStrings(t)
	err := filepath.WalkDir(examples, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) == ".md" {
			return err
		}
		name = strings.TrimPrefix(filepath.ToSlash(name), examples+"/")
		if !slices.ContainsFunc(named, func(pattern string) bool { ok, _ := path.Match(pattern, name); return ok }) {
			t.Errorf("no test uses %s", name)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// sourceStrings returns all string literals of this package's tests.
func sourceStrings(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var literals []string
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, _ := strconv.Unquote(literal.Value) // it has been parsed
				literals = append(literals, text)
			}
			return true
		})
	}
	return literals
}

// Every example works as it stands, but for the address of the server: it is
// applied, the plan after it is empty, and destroying it leaves nothing.
func TestExamples_apply(t *testing.T) {
	t.Parallel()
	provider := example(t, "provider/provider.tf")
	for name, text := range exampleFiles(t, "resources/*/resource*.tf", "demo/*.tf", "functions/*scopes*/function.tf") {
		t.Run(strings.TrimPrefix(name, examples+"/"), func(t *testing.T) {
			t.Parallel()
			if strings.Contains(text, "_wo ") {
				needsCLI(t, "1.11")
			}
			sim := newInstance(t)
			config := strings.ReplaceAll(provider, "https://ghe.example.com", sim.url)
			if strings.Contains(text, "required_providers") { // brings settings from the environment
				config, text = "", strings.Replace(text, `provider "ghes" {`, fmt.Sprintf("variable \"ghes_password\" {}\nprovider \"ghes\" {\n  base_url = %q\n  username = \"octocat\"\n  password = var.ghes_password\n", sim.url), 1)
			}
			w := newWorkspace(t, config+text)
			w.env = append(w.env, "TF_VAR_ghes_password="+testPassword, "TF_VAR_client_id="+testClientID, "TF_VAR_client_secret="+testSecret)
			w.must(0, "apply", "-auto-approve")
			w.must(0, "plan", "-detailed-exitcode")
			if strings.Contains(text, `authorization" "`) && len(sim.Authorizations()) == 0 {
				t.Error("the example creates no authorization")
			}
			w.must(0, "destroy", "-auto-approve")
			if left := sim.Authorizations(); len(left) != 0 {
				t.Errorf("left on the server: %+v", left)
			}
		})
	}
}

var (
	exported   = regexp.MustCompile(`(?m)^export (\w+)=`)
	printedRaw = regexp.MustCompile(`(?m)^terraform (output -raw \w+)$`)
)

// The configuration in README works with the settings that README exports, and prints
// the token.
func TestExamples_readme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, config, _ := strings.Cut(string(readme), "```terraform\n")
	config, _, _ = strings.Cut(config, "```")
	sim := newInstance(t)
	settings := map[string]string{"GHES_BASE_URL": sim.url, "GHES_USERNAME": testUser, "GHES_PASSWORD": testPassword}
	w := newBinaryWorkspace(t, config) // has an environment of its own
	for _, variable := range exported.FindAllStringSubmatch(string(readme), -1) {
		w.env = append(w.env, variable[1]+"="+settings[variable[1]])
	}
	w.must(0, "apply", "-auto-approve")
	outputs := printedRaw.FindAllStringSubmatch(string(readme), -1)
	if len(outputs) != 1 {
		t.Fatalf("README prints %q", outputs)
	}
	if token := w.must(0, strings.Fields(outputs[0][1])...); token != sim.named("CI").Token {
		t.Errorf("the output is %q", token)
	}
	w.must(0, "plan", "-detailed-exitcode")
}

// Every way to import leads to a state that fits the configuration, and changes
// nothing on the server.
func TestExamples_import(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		resource, block, commands string
	}{
		"authorization": {
			resource: example(t, "resources/ghes_authorization/resource.tf"),
			block:    example(t, "resources/ghes_authorization/import-by-string-id.tf"),
			commands: example(t, "resources/ghes_authorization/import.sh"),
		},
		"fingerprint": {
			resource: example(t, "resources/ghes_authorization_fingerprint/resource.tf"),
			block:    example(t, "resources/ghes_authorization_fingerprint/import-by-string-id.tf"),
			commands: example(t, "resources/ghes_authorization_fingerprint/import.sh"),
		},
		"rotating": {
			resource: example(t, "resources/ghes_rotating_authorization/resource.tf"),
			block:    example(t, "resources/ghes_rotating_authorization/import-by-string-id.tf"),
			commands: example(t, "resources/ghes_rotating_authorization/import.sh"),
		},
	} {
		ways := [][]string{nil} // the block
		for line := range strings.Lines(test.commands) {
			if arguments, ok := strings.CutPrefix(strings.TrimSpace(line), "terraform "); ok {
				ways = append(ways, strings.Fields(arguments))
			}
		}
		if len(ways) == 1 {
			t.Errorf("%s: no command imports", name)
		}
		for _, command := range ways {
			t.Run(strings.Join(append([]string{name}, command...), " "), func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				sim.AddAuthorization(importable[name])
				w := newWorkspace(t, sim.config(test.resource+test.block))
				w.env = append(w.env, "TF_VAR_client_id="+testClientID, "TF_VAR_client_secret="+testSecret)
				imported := "1 imported, 0 added, "
				if command != nil {
					w.write("main.tf", sim.config(test.resource))
					w.must(0, command...)
					imported = "0 added, "
				}
				contains(t, w.must(0, "apply", "-auto-approve"), imported)
				w.must(0, "plan", "-detailed-exitcode")
				for _, sent := range sim.sent() {
					if !strings.HasPrefix(sent, "GET ") {
						t.Errorf("sent %s", sent)
					}
				}
			})
		}
	}
}

// importable are the authorizations on the server that the examples of imports find.
var importable = map[string]ghessim.Authorization{
	"authorization": {ID: 123, Note: new("CI: clone, and set commit statuses"), NoteURL: new("https://ci.example.com"), Scopes: []string{"repo"}},
	"rotating":      {ID: 123, Note: new("deploy-1"), Scopes: []string{"repo"}},
	"fingerprint":   {ID: 123, ClientID: testClientID, Fingerprint: new("builder-1"), Note: new("Builder 1"), Scopes: []string{"repo"}},
}

// The command lists the ID of each authorization, also on a server with two-factor authentication as the page says.
func TestExamples_findID(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	find := func(url, command string) string {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
		cmd.Env = append(os.Environ(), "GHES_BASE_URL="+url, "GHES_USERNAME="+testUser, "GHES_PASSWORD="+testPassword, "no_proxy=*")
		output, err := cmd.Output()
		if err != nil {
			t.Error(err)
		}
		return string(output)
	}
	command := example(t, "resources/ghes_authorization/find-id.sh")
	sim := newInstance(t)
	sim.AddAuthorization(importable["authorization"])
	sim.AddAuthorization(ghessim.Authorization{ID: 124, ClientID: testClientID, Fingerprint: new("builder-1")})
	for _, want := range []string{"123\tCI: clone, and set commit statuses\t", "124\t\t"} {
		if listed := "\n" + find(sim.url, command); !strings.Contains(listed, "\n"+want) {
			t.Errorf("listed %q, want %q", listed, want)
		}
	}

	sim = newInstance(t, twoFactors)
	sim.AddAuthorization(importable["authorization"])
	code, err := totpCode(testSeed, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	command = strings.Replace(command, "--user", fmt.Sprintf("--header \"X-GitHub-OTP: %s\" --user", code), 1)
	if listed := find(sim.url+"/api/v3", command); !strings.HasPrefix(listed, "123\t") {
		t.Errorf("listed %q", listed)
	}
}

func TestExamples_importByIdentity(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.12")
	for name, config := range map[string]string{
		"authorization": example(t, "resources/ghes_authorization/resource.tf") +
			example(t, "resources/ghes_authorization/import-by-identity.tf"),
		"fingerprint": example(t, "resources/ghes_authorization_fingerprint/resource.tf") +
			example(t, "resources/ghes_authorization_fingerprint/import-by-identity.tf"),
	} {
		sim := newInstance(t)
		sim.AddAuthorization(importable[name])
		w := newWorkspace(t, sim.config(config))
		w.env = append(w.env, "TF_VAR_client_id="+testClientID, "TF_VAR_client_secret="+testSecret)
		contains(t, w.must(0, "apply", "-auto-approve"), "1 imported, 0 added, ")
		sim.checkStoredIdentity(t, w, 123)
		w.must(0, "plan", "-detailed-exitcode")
	}
}

// The second provider block signs in with all that there is, and is refused with
// less.
func TestExamples_providerTwoFactorTLS(t *testing.T) {
	t.Parallel()
	sim, a := newInstance(t, twoFactors), newAuthority(t)
	url := a.serveTLS(sim, &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool()}, nil)
	config := strings.ReplaceAll(example(t, "provider/provider-two-factor-tls.tf"), "https://ghe.example.com", url)
	cert, key := a.sign(nil)
	apply := func(code int, lacks string) string {
		lines := slices.DeleteFunc(strings.SplitAfter(config, "\n"), func(line string) bool { return lacks != "" && strings.HasPrefix(line, "  "+lacks) })
		w := newWorkspace(t, requiredProviders+strings.Join(lines, "")+managedCI, WithClock(sim.now))
		w.env = append(w.env, "TF_VAR_ghes_password="+testPassword, "TF_VAR_ghes_totp_secret="+testSeed, "TF_VAR_ghes_client_key="+key)
		w.write("ca.pem", a.pem())
		w.write("client.pem", cert)
		return w.must(code, "apply", "-auto-approve")
	}
	contains(t, apply(0, ""), "1 added")
	contains(t, apply(1, "totp_secret"), "two-factor authentication")
	contains(t, apply(1, "ca_cert_pem"), "If a private CA issued it")
	contains(t, apply(1, "client_"), "The server requires a client certificate")
}

// The script gets the ephemeral token, and nothing has it afterwards. The example finds
// the tokens that a killed run has left.
func TestExamples_ephemeral(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	created := recordMade(sim)
	w := newWorkspace(t, sim.config(example(t, "ephemeral-resources/ghes_authorization/ephemeral-resource.tf")))
	w.env = append(w.env, "TF_VAR_release=1.2.3")
	w.write("deploy.sh", `echo "$RELEASE $GITHUB_TOKEN" >deployed`)
	w.must(2, "plan", "-detailed-exitcode")
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	if err := sim.checkSent("POST /api/v3/authorizations", "DELETE /api/v3/authorizations/1"); err != nil {
		t.Error(err)
	}
	if want := "1.2.3 " + created()[0].Token + "\n"; w.read("deployed") != want {
		t.Errorf("deployed %q, want %q", w.read("deployed"), want)
	}

	sim.AddAuthorization(ghessim.Authorization{ID: 7, Note: new("deploy abcdefghijkl")})
	w = newWorkspace(t, sim.config(example(t, "ephemeral-resources/ghes_authorization/leftovers.tf")))
	contains(t, w.must(0, "apply", "-auto-approve"), `left = { "7" = "20`)
}

// The script has a token that acts as the user, and nothing is left of it.
func TestExamples_impersonationToken(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for _, name := range []string{"ephemeral-resources/ghes_impersonation_token/ephemeral-resource.tf", "guides/saml-or-cas/main.tf"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newAdminInstance(t, func(o *ghessim.Options) { o.ExternalAuth = true })
			created := recordImpersonations(sim)
			config := strings.ReplaceAll(example(t, name), "https://ghe.example.com", sim.url)
			if !strings.Contains(config, "required_providers") {
				config = sim.adminConfig(config)
			}
			w := newBinaryWorkspace(t, config) // has an environment of its own
			w.env = append(w.env, "TF_VAR_release=1.2.3", envAdminToken+"="+sim.token)
			w.write("deploy.sh", `echo "$RELEASE $GITHUB_TOKEN" >deployed`)
			w.must(2, "plan", "-detailed-exitcode")
			w.must(0, "apply", "-auto-approve")
			w.must(0, "plan", "-detailed-exitcode")
			if err := sim.checkSent("POST /api/v3/admin/users/octocat/authorizations", "DELETE /api/v3/admin/users/octocat/authorizations"); err != nil {
				t.Error(err)
			}
			if want := "1.2.3 " + created()[0].Token + "\n"; w.read("deployed") != want {
				t.Errorf("deployed %q, want %q", w.read("deployed"), want)
			}
		})
	}
}
