package provider

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// guideText returns the text of a guide's template.
func guideText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../templates/guides/" + name + ".md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var outputBlock = regexp.MustCompile("(?s)```text\n(.*?)```")

// guideOutputs returns the blocks of output that a guide shows, n in all.
func guideOutputs(t *testing.T, name string, n int) []string {
	t.Helper()
	var blocks []string
	for _, block := range outputBlock.FindAllStringSubmatch(guideText(t, name), -1) {
		blocks = append(blocks, block[1])
	}
	if len(blocks) != n {
		t.Fatalf("the guide %s shows %d blocks of output, want %d", name, len(blocks), n)
	}
	return blocks
}

// showsOutput fails unless output, as run returns it, has each line of a block. Three dots stand for what differs from run
// to run.
func showsOutput(t *testing.T, output, block string) {
	t.Helper()
	for line := range strings.Lines(block) {
		for part := range strings.SplitSeq(line, "...") {
			contains(t, output, strings.Join(strings.Fields(part), " "))
		}
	}
}
