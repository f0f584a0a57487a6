package provider

import (
	"os"
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

// guideOutputs returns the blocks of output that a guide shows, n in all.
func guideOutputs(t *testing.T, name string, n int) []string {
	t.Helper()
	var blocks []string
	for _, block := range fencedBlock.FindAllStringSubmatch(guideText(t, name), -1) {
		if block[1] == "text" {
			blocks = append(blocks, block[2])
		}
	}
	if len(blocks) != n {
		t.Fatalf("the guide %s shows %d blocks of output, want %d", name, len(blocks), n)
	}
	return blocks
}

// showsOutput fails unless output, as run returns it, has all that a block shows, in that order.
func showsOutput(t *testing.T, output, block string) {
	t.Helper()
	if !isShown(block, output) {
		t.Errorf("output does not contain %q:\n%s", block, output)
	}
}
