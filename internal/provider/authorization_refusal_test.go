package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// An error that can be known in the plan is reported there, on its attribute, and
// nothing is sent.
func TestAuthorizationResource_refusedAtPlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, summary, detail string }{
		"no note":                {``, "Missing note", "A personal access token needs a note"},
		"empty note":             {`note = ""`, "Missing note", "Set note or note_prefix. For a token of an OAuth app, set client_id"},
		"empty client_id":        {`client_id = ""`, "Missing note", "Set note or note_prefix. For a token of an OAuth app, set client_id"},
		"long client_id":         {`client_id = "123456789012345678901"`, "Invalid Attribute Value Length", "at most 20, got: 21"},
		"app without secret":     {`client_id = "abc"`, "Missing client secret", "Set client_secret or client_secret_wo"},
		"app with empty secret":  {"client_id = \"abc\"\nclient_secret = \"\"", "Missing client secret", "Set client_secret or client_secret_wo"},
		"two secrets":            {"client_id = \"abc\"\nclient_secret = \"made-up-secret\"\nclient_secret_wo = \"made-up-secret\"", "Conflicting client secrets", "Remove one of them"},
		"secret without app":     {"note = \"n\"\nclient_secret = \"made-up-secret\"", "Client secret without client_id", "Set client_id as well"},
		"write-only without app": {"note = \"n\"\nclient_secret_wo = \"made-up-secret\"", "Client secret without client_id", "Set client_id as well"},
		"two notes":              {"note = \"n\"\nnote_prefix = \"n-\"", "Conflicting notes", "Both note and note_prefix are set"},
		"empty note and prefix":  {"note = \"\"\nnote_prefix = \"n-\"", "Conflicting notes", "Both note and note_prefix are set"},
		"empty prefix":           {`note_prefix = ""`, "Missing note", "A personal access token needs a note"},
		"null scope":             {"note = \"n\"\nscopes = [null]", "Null scope", "compact()"},
		"note of a wrong type":   {`note = ["n"]`, "Incorrect attribute value type", "string required"},
		"computed attribute":     {"note = \"n\"\ntoken = \"made-up\"", "Invalid Configuration for Read-Only Attribute", "Cannot set value"},
		"unknown argument":       {"note = \"n\"\nsocpes = []", "Unsupported argument", "socpes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(test.body, "client_secret_wo") {
				needsCLI(t, "1.11")
			}
			sim := newInstance(t)
			w := newWorkspace(t, sim.config("resource \"ghes_authorization\" \"test\" {\n"+test.body+"\n}"))
			output := w.must(1, "plan")
			contains(t, output, "Error: "+test.summary, test.detail, "on main.tf line")
			if strings.Contains(output, "made-up-secret") {
				t.Errorf("the secret is printed:\n%s", output)
			}
			if err := sim.checkSent(); err != nil {
				t.Error(err)
			}
		})
	}
}

// The note of an existing token cannot be taken away either.
func TestAuthorizationResource_noteRemoved(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(`resource "ghes_authorization" "test" { note = "ci" }`))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", sim.config(`resource "ghes_authorization" "test" {}`))
	contains(t, w.must(1, "plan"), "Error: Missing note")
}

// The plan does not refuse values that are only known after the apply.
func TestAuthorizationResource_unknownValues(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(fmt.Sprintf(`
resource "terraform_data" "later" { input = { text = "later", none = null, scope = "gist", client_id = %q, secret = %q } }

resource "ghes_authorization" "personal" {
  note     = terraform_data.later.output.text
  note_url = terraform_data.later.output.text
  scopes   = ["repo", terraform_data.later.output.scope]
}

resource "ghes_authorization" "app" {
  client_id     = terraform_data.later.output.client_id
  client_secret = terraform_data.later.output.secret
  fingerprint   = terraform_data.later.output.text
  scopes        = [for s in [terraform_data.later.output.scope] : s]
}
`, testClientID, testSecret)))
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	if n := len(sim.Authorizations()); n != 2 {
		t.Errorf("%d authorizations, want 2", n)
	}
	// The value is unknown again in the next plan. If it turns out the same, the apply
	// sends nothing.
	sim.forget()
	w.must(0, "apply", "-auto-approve", "-replace=terraform_data.later")
	for _, r := range sim.Requests() {
		if r.Method == http.MethodPatch {
			t.Errorf("sent %s %s", r.Method, r.Path)
		}
	}
}

// A fingerprint that turns out to be none is removed, which replaces; while
// nobody knows, the plan says so.
func TestAuthorizationResource_unknownFingerprint(t *testing.T) {
	t.Parallel()
	for _, later := range []string{`""`, `null`, `"b"`} {
		sim := newInstance(t)
		config := func(fingerprint string) string {
			return sim.config(fmt.Sprintf(`
resource "terraform_data" "later" {
  triggers_replace = [%[1]s]
  input            = { fingerprint = %[1]s }
}
resource "ghes_authorization" "test" {
  note        = "ci"
  fingerprint = terraform_data.later.output.fingerprint
}`, fingerprint))
		}
		w := newWorkspace(t, config(`"a"`))
		w.must(0, "apply", "-auto-approve")
		w.write("main.tf", config(later))
		contains(t, w.must(0, "apply", "-auto-approve"), "2 added, 0 changed, 2 destroyed")
		w.must(0, "plan", "-detailed-exitcode")
	}
}

// The server's refusals stand on the attributes that they are about.
func TestAuthorizationResource_refusedByServer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ body, line, detail string }{
		"note exists":        {`note = "taken"`, `note = "taken"`, "Authorization 1 of user"},
		"fingerprint exists": {fmt.Sprintf("client_id = %q\nclient_secret = %q\nfingerprint = \"taken\"", testClientID, testSecret), `fingerprint = "taken"`, "Authorization 2 of user"},
		"wrong secret":       {fmt.Sprintf("client_id = %q\nclient_secret = \"wrong-made-up-secret\"", testClientID), "client_id = \"" + testClientID, "Invalid OAuth application client_id or secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.elsewhere(ghessim.Authorization{Note: new("taken")})
			sim.elsewhere(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("taken")})
			w := newWorkspace(t, sim.config("resource \"ghes_authorization\" \"test\" {\n"+test.body+"\n}"))
			output := w.must(1, "apply", "-auto-approve")
			contains(t, output, "Error: Unable to create authorization", test.line, "POST /api/v3/authorizations: 422 Unprocessable Entity: ", test.detail, "Request ID: ")
			if strings.Contains(output, "wrong-made-up-secret") {
				t.Errorf("the secret is printed:\n%s", output)
			}
			if n := len(sim.Authorizations()); n != 2 {
				t.Errorf("%d authorizations, want the 2 of others", n)
			}
		})
	}
}

// An update can collide as well.
func TestAuthorizationResource_updateRefused(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.elsewhere(ghessim.Authorization{Note: new("taken")})
	w := newWorkspace(t, sim.config(`resource "ghes_authorization" "test" { note = "mine" }`))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", sim.config(`resource "ghes_authorization" "test" { note = "taken" }`))
	contains(t, w.must(1, "apply", "-auto-approve"), "Unable to update authorization",
		"The user already has a personal access token with this note", "OauthAccess.description: already_exists")
}

// Two fields that the server finds wrong are two errors, each on its attribute.
func TestAuthorizationResource_refusedFields(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config("resource \"ghes_authorization\" \"test\" {\n  note     = \"n\"\n  note_url = \"u\"\n}"))
	sim.Intercept(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"message":"Validation Failed","errors":[
			{"resource":"OauthAccess","field":"description","code":"custom","message":"is too long"},
			{"resource":"OauthAccess","field":"note_url","code":"invalid"},
			{"resource":"OauthAccess","field":"user","code":"custom","message":"user must have a verified email address"},
			"just words"]}`)
	})
	output := w.must(1, "apply", "-auto-approve")
	if n := strings.Count(output, "Error: Unable to create authorization"); n != 4 {
		t.Errorf("%d errors, want 4", n)
	}
	contains(t, output,
		`note = "n" The request was about an authorization with note "n" of user "octocat" on `,
		`POST /api/v3/authorizations: 422 Unprocessable Entity: "Validation Failed": "is too long"`,
		`note_url = "u" The request was about an authorization with note "n" of user "octocat" on `,
		`POST /api/v3/authorizations: 422 Unprocessable Entity: "Validation Failed": OauthAccess.note_url: invalid`,
		`"Validation Failed": "user must have a verified email address"`,
		`"Validation Failed": "just words"`)
}
