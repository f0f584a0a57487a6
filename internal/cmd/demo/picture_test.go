package main

import (
	"html"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	// varying is what differs from one run of the demo to the next: the port and the CLI.
	varying = regexp.MustCompile(`127\.0\.0\.1:\d+|Terraform v\S+|^\$ terraform\S*`)
	// drawn is a line of text in the picture, and how far it is from the top.
	drawn = regexp.MustCompile(`(?m) y="(\d+)".*?>(.*)</text>$`)
)

// checkPicture wants the picture in README to show the demo's output, line by line.
func checkPicture(t *testing.T, output string) {
	t.Helper()
	file, err := os.ReadFile("../../../assets/demo.svg")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, text := range drawn.FindAllStringSubmatch(string(file), -1) {
		shown = append(shown, varying.ReplaceAllString(html.UnescapeString(text[2]), ""))
		if y, _ := strconv.Atoi(text[1]); y > 340 || len(text[2]) > 107 {
			t.Errorf("the picture is too small for %q", text[2])
		}
	}
	want := []string{"$ make demo"}
	for line := range strings.Lines(output) {
		want = append(want, varying.ReplaceAllString(strings.TrimSuffix(line, "\n"), ""))
	}
	if !slices.Equal(shown, want) {
		t.Errorf("the picture shows\n%s\nwant\n%s\nDraw it again with make picture.", strings.Join(shown, "\n"), strings.Join(want, "\n"))
	}
}
