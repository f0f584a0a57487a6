package provider

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// guidePage is a rendered guide. Its test runs each command of the page, and the CLI has to print each output that the
// page shows.
type guidePage struct {
	t        *testing.T
	commands map[string]bool // whether each was run
	outputs  map[string]bool // whether each was printed
}

var (
	fencedBlock  = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```")
	shellComment = regexp.MustCompile(`(^| +)# .*`)
	// leftOut is what an output on a page leaves out or cannot know: "..." and durations.
	leftOut = regexp.MustCompile(`\.\.\.|after \d+s|\n`)
)

// openGuide reads a guide. When the test ends, it fails for each command that was not run and for each output that was
// not printed.
func openGuide(t *testing.T, name string) *guidePage {
	t.Helper()
	text, err := os.ReadFile("../../docs/guides/" + name + ".md")
	if err != nil {
		t.Fatal(err)
	}
	g := &guidePage{t: t, commands: map[string]bool{}, outputs: map[string]bool{}}
	for _, block := range fencedBlock.FindAllStringSubmatch(string(text), -1) {
		switch block[1] {
		case "text":
			g.outputs[block[2]] = false
		case "shell":
			for _, command := range commandsOf(block[2]) {
				g.commands[command] = false
			}
		}
	}
	t.Cleanup(func() {
		if t.Failed() || t.Skipped() {
			return
		}
		for _, all := range []map[string]bool{g.commands, g.outputs} {
			for text, done := range all {
				if !done {
					t.Errorf("not run or not printed: %s", text)
				}
			}
		}
	})
	return g
}

// commandsOf returns the commands of a script, without comments.
func commandsOf(script string) []string {
	var commands []string
	for line := range strings.Lines(strings.ReplaceAll(script, "\\\n", " ")) {
		if line = strings.TrimSpace(shellComment.ReplaceAllString(line, "")); line != "" {
			commands = append(commands, line)
		}
	}
	return commands
}

// skip leaves out commands and outputs that contain one of the texts, because the CLI is too old for them or because they
// set the environment of the reader.
func (g *guidePage) skip(texts ...string) {
	for _, all := range []map[string]bool{g.commands, g.outputs} {
		for text := range maps.Keys(all) {
			if slices.ContainsFunc(texts, func(part string) bool { return strings.Contains(text, part) }) {
				all[text] = true
			}
		}
	}
}

// run runs a command of the page in the workspace. It has to succeed.
func (g *guidePage) run(w *workspace, command string) string {
	g.t.Helper()
	if _, ok := g.commands[command]; !ok {
		g.t.Errorf("the guide has no command %q", command)
	}
	g.commands[command] = true
	arguments := strings.Fields(strings.TrimPrefix(command, "terraform "))
	if slices.Contains([]string{"apply", "destroy"}, arguments[0]) {
		arguments = append(arguments, "-auto-approve")
	}
	return g.printed(w.must(0, arguments...))
}

// script runs a script of the page in the workspace, in a shell.
func (g *guidePage) script(w *workspace, script string) {
	g.t.Helper()
	for _, command := range commandsOf(script) {
		if _, ok := g.commands[command]; !ok {
			g.t.Errorf("the guide has no command %q", command)
		}
		g.commands[command] = true
	}
	before := w.printed.Len()
	w.shell(w.dir, strings.ReplaceAll(script, "terraform apply", "terraform apply -auto-approve"))
	g.printed(strings.Join(strings.Fields(w.printed.String()[before:]), " "))
}

// printed takes what the CLI has printed, and returns it.
func (g *guidePage) printed(output string) string {
	for text := range g.outputs {
		if isShown(text, output) {
			g.outputs[text] = true
		}
	}
	return output
}

// isShown reports whether output has all that the text shows, in that order.
func isShown(text, output string) bool {
	for _, part := range leftOut.Split(text, -1) {
		_, rest, ok := strings.Cut(output, strings.Join(strings.Fields(part), " "))
		if !ok {
			return false
		}
		output = rest
	}
	return true
}

func TestGuidePage_isShown(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"Plan: 1 to add\n": true, "  a\n...\nPlan:   1 to add\n": true, "done after 2s\n": true,
		"Plan: 2 to add\n": false, "Plan: 1 to add\n  # a will\n": false, "created at ..., b\n": false,
	} {
		if got := isShown(text, "# a will be created Plan: 1 to add created at 12:00 done after 0s"); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

// Every message that the guides by task explain is one of the provider's, or of the CLI.
func TestGuides_messages(t *testing.T) {
	t.Parallel()
	sources := providerSources(t)
	for _, guide := range []string{
		"importing", "importing-many", "moving", "oauth-apps", "after-an-incident", "saml-or-cas",
	} {
		messages := messageRow.FindAllStringSubmatch(guideText(t, guide), -1)
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
var messageRow = regexp.MustCompile("(?m)^\\| `([^`]+)`[^|]*\\| [^|]*\\. \\|$")

// otherMessages are texts of the CLI, which TestGuides_importing shows, and one with a number.
var otherMessages = []string{"1 to change", "Cannot import non-existent remote object", "failed: 1"}

// providerSources returns the code of the provider without its tests.
func providerSources(t *testing.T) string {
	t.Helper()
	var sources strings.Builder
	for _, pattern := range codePatterns {
		for _, source := range sourceFiles(t, pattern) {
			sources.Write(source)
		}
	}
	return sources.String()
}
