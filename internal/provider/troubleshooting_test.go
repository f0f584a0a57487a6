package provider

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const troubleshootingGuide = "../../templates/guides/troubleshooting.md.tmpl"

// Every summary has a heading in the guide, every cause a heading or an item, and the guide has no
// other headings and items.
func TestGuides_troubleshooting(t *testing.T) {
	t.Parallel()
	code := textOfGo(t)
	source, err := os.ReadFile(troubleshootingGuide)
	if err != nil {
		t.Fatal(err)
	}
	headings := guideHeadings(string(source))
	entries := slices.Concat(headings, guideItems(string(source)))
	known := map[string]bool{}
	check := func(texts map[string]bool, entries []string, where string) {
		for _, text := range slices.Sorted(maps.Keys(texts)) {
			found := matching(text, entries)
			if len(found) == 0 {
				t.Errorf("the guide has no %s for %q", where, strings.ReplaceAll(text, unknownPart, "…"))
			}
			for _, entry := range found {
				known[entry] = true
			}
		}
	}
	check(code.summaries, headings, "heading")
	check(code.causes, entries, "heading or item")
	if len(code.summaries) < 80 || len(code.causes) < 100 {
		t.Errorf("the code has %d summaries and %d causes: the test does not find them any more", len(code.summaries), len(code.causes))
	}
	for _, entry := range entries {
		if !known[entry] {
			t.Errorf("the guide explains %q, which is no text of the provider", entry)
		}
	}
	t.Logf("%d summaries, %d causes, %d headings, %d items", len(code.summaries), len(code.causes), len(headings), len(entries)-len(headings))
}

// guideHeadings returns the headings about single errors.
func guideHeadings(guide string) []string {
	var headings []string
	for _, heading := range regexp.MustCompile(`(?m)^### (.+)$`).FindAllStringSubmatch(guide, -1) {
		headings = append(headings, heading[1])
	}
	return headings
}

// guideItems returns the texts at the beginning of list items.
func guideItems(guide string) []string {
	var items []string
	for _, item := range regexp.MustCompile("(?m)^\\* ((?:`[^`]+`(?:, )?)+):").FindAllStringSubmatch(guide, -1) {
		for _, text := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(item[1], -1) {
			items = append(items, text[1])
		}
	}
	return items
}

// matching returns the entries that are text. They have a name in capitals, such as ID, for what
// only a run determines.
func matching(text string, entries []string) []string {
	parts := strings.Split(text, unknownPart)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	pattern := regexp.MustCompile("^" + strings.Join(parts, "[A-Z][A-Z_]*") + "$")
	return slices.DeleteFunc(slices.Clone(entries), func(entry string) bool {
		return !pattern.MatchString(entry) && !mergedPattern(entry).MatchString(text)
	})
}

// mergedPattern matches the texts that differ only by the object or by the argument, which share an
// entry.
func mergedPattern(entry string) *regexp.Regexp {
	entry = regexp.QuoteMeta(entry)
	entry = strings.ReplaceAll(entry, "OBJECT", "(authorization|grant)s?")
	entry = strings.ReplaceAll(entry, "ARGUMENT", "([a-z]+_[a-z_]+|[a-z]+s|note|fingerprint)")
	return regexp.MustCompile("^" + entry + "$")
}
