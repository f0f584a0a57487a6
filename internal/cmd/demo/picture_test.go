package main

import (
	"html"
	"os"
	"regexp"
	"strings"
	"testing"
)

// varying is what differs from one run of the demo to the next: the port and the CLI.
var varying = regexp.MustCompile(`127\.0\.0\.1:\d+|Terraform v\S+|^\$ terraform\S*`)

// checkPicture wants the picture in README to show each line of the demo's output.
func checkPicture(t *testing.T, output string) {
	t.Helper()
	const path = "../../../assets/demo.svg"
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, text := range regexp.MustCompile(`(?m)>(.*)</text>$`).FindAllStringSubmatch(string(file), -1) {
		shown[varying.ReplaceAllString(html.UnescapeString(text[1]), "")] = true
	}
	for line := range strings.Lines(output) {
		if line = strings.TrimSuffix(line, "\n"); !shown[varying.ReplaceAllString(line, "")] {
			t.Errorf("%s does not show %q; draw it again with make picture", path, line)
		}
	}
}
