package provider

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// hostileText is text that somebody has stored on the server. It sets the title of a terminal,
// writes backwards, looks like an error of the CLI, and is long. Its beginning and its end are
// visible.
var hostileText = "begin\x1b]0;x\a\u202e\r\n\nError: made up %s\n" + strings.Repeat("long ", 20_000) + "end"

// hostile returns an authorization whose other texts are hostile.
func hostile(a ghessim.Authorization) ghessim.Authorization {
	a.Note, a.NoteURL, a.Scopes = new(hostileText), new(hostileText), []string{hostileText, "repo"}
	for i := range 300 {
		a.Scopes = append(a.Scopes, fmt.Sprintf("scope-%d", i))
	}
	return a
}

// hostileInstance has an app with a hostile name, and its user has granted it something.
func hostileInstance(t *testing.T) *instance {
	t.Helper()
	return newInstance(t, func(o *ghessim.Options) {
		o.Apps = append(o.Apps, ghessim.App{ClientID: otherClientID, ClientSecret: otherSecret, Name: hostileText, URL: hostileText})
	})
}

// diagnostics runs a command of the CLI with -json, and returns the provider's diagnostics: the
// summary and the detail of each.
func (w *workspace) diagnostics(args ...string) []string {
	w.t.Helper()
	printed, _ := w.command(append(args, "-json")...).Output() // Many of them are about errors.
	var texts []string
	lines := bufio.NewScanner(strings.NewReader(string(printed)))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var line struct {
			Diagnostic *struct{ Severity, Summary, Detail string }
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			w.t.Fatalf("%v in %.500q", err, lines.Text())
		}
		if d := line.Diagnostic; d != nil {
			texts = append(texts, d.Severity+": "+d.Summary+"\n"+d.Detail)
		}
	}
	if len(texts) == 0 {
		w.t.Fatalf("%q gave no diagnostic:\n%.2000q", args, printed)
	}
	return texts
}

// checkHarmless fails if one of the texts is long, or has characters that are invisible or control a
// terminal, or has a line of its own for a stored text. It fails unless together they contain want.
func checkHarmless(t *testing.T, texts []string, want ...string) {
	t.Helper()
	for _, text := range texts {
		isBad := func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }
		if len(text) > 6_000 || strings.ContainsFunc(text, isBad) || strings.Contains(text, "\nError: made up") {
			t.Errorf("%d bytes: %.3000q", len(text), text)
		}
	}
	contains(t, strings.Join(texts, "\n"), want...)
}

// shown is how the beginning of hostileText is printed.
const shown = `"begin ]0;x Error: made up %s long `

const importedOnly = "resource \"ghes_authorization\" \"test\" {\n  client_id = %q\n  client_secret = %q\n  fingerprint = \"a\"\n  %s\n}\n"

// The provider reports an authorization in the state with hostile texts.
func TestStoredTexts_managed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*instance, int64)
		want   string
	}{
		"deleted": {func(i *instance, id int64) { i.RevokeAuthorization(id) }, "The server has no authorization 1 with note " + shown},
		"reused": {func(i *instance, id int64) {
			i.EditAuthorization(id, func(a *ghessim.Authorization) { a.CreatedAt = a.CreatedAt.AddDate(-1, 0, 0) })
		}, "Authorization 1 is not the one in state"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := hostileInstance(t)
			a := sim.AddAuthorization(hostile(ghessim.Authorization{ClientID: otherClientID, Fingerprint: new("a")}))
			w := newWorkspace(t, sim.config(fmt.Sprintf(importedOnly, otherClientID, otherSecret, "")))
			w.must(0, "import", "ghes_authorization.test", "1")
			test.change(sim, a.ID)
			checkHarmless(t, w.diagnostics("plan"), test.want)
		})
	}
}

// The provider reports an authorization whose hostile note is also in the configuration.
func TestStoredTexts_configured(t *testing.T) {
	t.Parallel()
	note, err := json.Marshal(hostileText) // HCL reads strings of JSON.
	if err != nil {
		t.Fatal(err)
	}
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(fmt.Sprintf("resource \"ghes_authorization\" \"test\" {\n  note = %s\n  scopes = [%s]\n}\n", note, note)))
	checkHarmless(t, w.diagnostics("apply", "-auto-approve"), "documents no scope "+shown)
	sim.ResetToken(1)
	checkHarmless(t, w.diagnostics("plan"), "The current token of authorization 1")
	sim.RevokeAuthorization(1)
	checkHarmless(t, w.diagnostics("plan"), "The server has no authorization 1 with note "+shown)
}

// The provider reports an authorization that exists before it is created.
func TestStoredTexts_existing(t *testing.T) {
	t.Parallel()
	personal := "resource \"ghes_authorization\" \"test\" {\n  note = \"ci\"\n  on_existing = %q\n}\n"
	for name, test := range map[string]struct {
		existing ghessim.Authorization
		config   string
		want     []string
	}{
		"fail": {
			hostile(ghessim.Authorization{ClientID: otherClientID, Fingerprint: new("a")}),
			fmt.Sprintf(importedOnly, otherClientID, otherSecret, `on_existing = "fail"`), []string{"Authorization 1 of user "},
		},
		"adopt": {
			hostile(ghessim.Authorization{ClientID: otherClientID, Fingerprint: new("a")}),
			fmt.Sprintf(importedOnly, otherClientID, otherSecret, `on_existing = "adopt"`),
			[]string{"Authorization 1 was adopted", "its note was " + shown, "its note_url " + shown, "its scopes [" + shown, `and 282 more]`},
		},
		"replace": {
			hostile(ghessim.Authorization{ClientID: otherClientID, Fingerprint: new("a")}),
			fmt.Sprintf(importedOnly, otherClientID, otherSecret, "on_existing = \"replace\"\n  scopes = [\"unknown\"]"), []string{"Unknown scope"},
		},
		"fingerprint": {
			ghessim.Authorization{Note: new("ci"), Fingerprint: new(hostileText)}, fmt.Sprintf(personal, "adopt"),
			[]string{"Authorization 1 has the fingerprint " + shown},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := hostileInstance(t)
			sim.AddAuthorization(test.existing)
			checkHarmless(t, newWorkspace(t, sim.config(test.config)).diagnostics("apply", "-auto-approve"), test.want...)
		})
	}
}

// A data source reports many authorizations that have the same hostile note.
func TestStoredTexts_dataSource(t *testing.T) {
	t.Parallel()
	sim := hostileInstance(t)
	for i := range 30 {
		sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new(fmt.Sprint(i)), Note: new(hostileText)})
	}
	note, err := json.Marshal(hostileText)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkspace(t, sim.config(fmt.Sprintf("data \"ghes_authorization\" \"test\" {\n  note = %s\n}\n", note)))
	checkHarmless(t, w.diagnostics("plan"), "The user has 30 authorizations with the note "+shown, "19, 20 and 10 more. Select one of them with id.")
}

// The provider reports the grants that it will revoke, and those that it cannot revoke.
func TestStoredTexts_grants(t *testing.T) {
	t.Parallel()
	sim := hostileInstance(t)
	sim.AddGrant(ghessim.Grant{ClientID: otherClientID, Scopes: []string{hostileText}})
	sim.inject(map[string]fault{http.MethodDelete: jsonAnswer(http.StatusUnprocessableEntity, map[string]any{"message": hostileText, "errors": []map[string]string{{"field": hostileText, "code": hostileText, "message": hostileText}}})})
	w := newWorkspace(t, sim.config("resource \"ghes_grants_exclusive\" \"this\" {\n  allowed_client_ids = []\n}\n"))
	checkHarmless(t, w.diagnostics("plan"), "1: "+shown)
	checkHarmless(t, w.diagnostics("apply", "-auto-approve"), "Unable to revoke grant 1", "422 Unprocessable Entity: \"begin ]0;x Error: made up %s long ")
}

// The provider reports hostile texts of an import.
func TestStoredTexts_import(t *testing.T) {
	t.Parallel()
	text := strings.ReplaceAll(hostileText, "Error:", "") // The CLI repeats it.
	for resource, id := range map[string]string{
		"ghes_authorization":             text,
		"ghes_authorization_fingerprint": otherClientID + "/" + text,
	} {
		t.Run(resource, func(t *testing.T) {
			t.Parallel()
			sim := hostileInstance(t)
			w := newWorkspace(t, sim.config(fmt.Sprintf("resource %q \"test\" {\n  client_id = %q\n  client_secret = %q\n  fingerprint = \"a\"\n}\n", resource, otherClientID, otherSecret)))
			output, _ := w.run("import", resource+".test", id)
			checkHarmless(t, errorsIn(output), "Unable to import authorization", "made up %s long ")
		})
	}
}

// Actions report hostile texts while they run, and a query lists them.
func TestStoredTexts_protocol(t *testing.T) {
	t.Parallel()
	sim := hostileInstance(t)
	sim.AddAuthorization(hostile(ghessim.Authorization{ClientID: otherClientID, Fingerprint: new(hostileText)}))
	sim.AddAuthorization(hostile(ghessim.Authorization{}))
	s := newProtocol(t, sim.url)
	for _, result := range s.list(t, tfprotov6.ListResourceRequest{TypeName: authorizationType, Limit: 10}, nil) {
		checkHarmless(t, []string{result.DisplayName}, "begin ]0;x Error: made up %s long ")
	}
	for action, arguments := range map[string]argumentValues{
		revokeAuthorizations: {"note_prefix": "begin"},
		revokeGrant:          {"client_id": otherClientID},
	} {
		output := s.invoke(t, action, arguments)
		checkHarmless(t, append(output.messages, diagnosticsText(output.diags)), shown)
	}
}
