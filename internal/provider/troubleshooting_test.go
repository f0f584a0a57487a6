package provider

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every text that the guides explain is one of the provider's, or of the CLI.
func TestGuides_messages(t *testing.T) {
	t.Parallel()
	sources := providerSources(t)
	for guide, row := range map[string]string{
		"troubleshooting": "(?m)^\\| `([^`]+)` \\|",
		"importing":       messageRow, "importing-many": messageRow, "moving": messageRow, "oauth-apps": messageRow, "after-an-incident": messageRow, "saml-or-cas": messageRow,
	} {
		text, err := os.ReadFile("../../templates/guides/" + guide + ".md.tmpl")
		if err != nil {
			t.Fatal(err)
		}
		messages := regexp.MustCompile(row).FindAllStringSubmatch(string(text), -1)
		if len(messages) == 0 {
			t.Errorf("%s explains nothing", guide)
		}
		for _, message := range messages {
			if !strings.Contains(sources, message[1]) && !slices.Contains(otherMessages, message[1]) {
				t.Errorf("%s: %q is not a text of the provider", guide, message[1])
			}
		}
	}
}

// messageRow matches a row of a table of messages: its first cell begins with a text in backticks, and its last is a sentence.
const messageRow = "(?m)^\\| `([^`]+)`[^|]*\\| [^|]*\\. \\|$"

// otherMessages are texts of the CLI, which TestGuides_importing shows, and one with a number.
var otherMessages = []string{"1 to change", "Cannot import non-existent remote object", "failed: 1"}

// providerSources returns the code of the provider without its tests.
func providerSources(t *testing.T) string {
	t.Helper()
	var sources strings.Builder
	for _, pattern := range []string{"*.go", "../ghes/*.go", "../ghes/transport/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(source)
		}
	}
	return sources.String()
}
