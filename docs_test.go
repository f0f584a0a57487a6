package main

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
)

// linkedHosts are the other sites that the documentation sends its readers to.
var linkedHosts = []string{"age-encryption.org", "developer.hashicorp.com", "github.com", "semver.org"}

var (
	codeBlock  = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	codeSpan   = regexp.MustCompile("`[^`\n]*`")
	inlineLink = regexp.MustCompile(`\]\(([^()\s]*)[^()]*\)`)
	otherLink  = regexp.MustCompile(`(?m)(?:href|src)="([^"]*)"|^\[[^\]]+\]:\s*(\S+)|(\w+://[^\s<>()"\]]+)`)
	heading    = regexp.MustCompile(`(?m)^#{1,6} +(.*?) *$`)
	linkText   = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	testSource = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w*)\(`)
	testName   = regexp.MustCompile("`((?:Test|Fuzz)\\w*|\\w+_test\\.go)`")
	namedHere  = regexp.MustCompile(`<a (?:id|name)="([^"]*)"`)
)

// All links in the documentation lead to a page, on GitHub and in the registries.
func TestDocs_links(t *testing.T) {
	t.Parallel()
	repository := os.DirFS(".")
	for _, page := range pages(t, repository) {
		for _, broken := range brokenLinks(repository, page) {
			t.Errorf("%s: %s", page, broken)
		}
	}
}

// README leads to every page of the documentation, and its first page to every
// guide.
func TestDocs_reachable(t *testing.T) {
	t.Parallel()
	repository := os.DirFS(".")
	readme, first := links(read(repository, "README.md")), links(read(repository, "docs/index.md"))
	for _, page := range pages(t, repository) {
		inDocs, ok := strings.CutPrefix(page, "docs/")
		if ok && !slices.Contains(readme, page) {
			t.Errorf("README.md does not link %s", page)
		}
		if strings.HasPrefix(inDocs, "guides/") && !slices.Contains(first, inDocs) {
			t.Errorf("docs/index.md does not link %s", inDocs)
		}
	}
}

// A reader can take in a page. Troubleshooting is for searching.
func TestDocs_length(t *testing.T) {
	t.Parallel()
	repository := os.DirFS(".")
	for _, page := range pages(t, repository) {
		limit := 200
		switch {
		case page == "README.md":
			limit = 120
		case page == "docs/guides/troubleshooting.md" || !strings.HasPrefix(page, "docs/guides/"):
			continue
		}
		text, err := fs.ReadFile(repository, page)
		if lines := strings.Count(string(text), "\n"); err != nil || lines > limit {
			t.Errorf("%s has %d lines, and %d at most are allowed", page, lines, limit)
		}
	}
}

// The tests that SECURITY and DESIGN name exist.
func TestDocs_tests(t *testing.T) {
	t.Parallel()
	repository := os.DirFS(".")
	for _, page := range []string{"SECURITY.md", "DESIGN.md"} {
		missing, err := missingTests(repository, read(repository, page))
		if err != nil || len(missing) > 0 {
			t.Errorf("%s: there is no %q (%v)", page, missing, err)
		}
	}
}

func TestMissingTests(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"internal/a/b_test.go": {Data: []byte("package a\n\nfunc TestA(t *testing.T) {}\n\nfunc FuzzA(f *testing.F) {}\n")}}
	missing, err := missingTests(files, "`TestA`, `FuzzA`, `b_test.go`; `TestB`, `Test`, `FuzzB`, `c_test.go`, `other`")
	if want := []string{"TestB", "Test", "FuzzB", "c_test.go"}; err != nil || !slices.Equal(missing, want) {
		t.Errorf("missing %q, want %q (%v)", missing, want, err)
	}
}

func TestBrokenLinks(t *testing.T) {
	t.Parallel()
	const page = "# A `page`, of [links](resources/b.md)\n\n## Twice\n\n## Twice\n\n<a id=\"nested\"></a>\n\n```\n# No heading, and [no link](nowhere.md)\n```\n\n`[no link](nowhere.md)`\n\n"
	for text, broken := range map[string]bool{
		"[a](resources/b.md)": false, "[a](resources/b.md#section_2)": false, "[a](#twice-1)": false, "[a](#nested)": false,
		"[a](#a-page-of-links)": false, "[a](https://github.com/a/b#c)": false, "<https://github.com>": false, "![a](resources/b.md \"title\")": false,

		"[a](resources/c.md)": true, "[a](resources/b.md#none)": true, "[a](#twice-2)": true, "[a](#no-heading-and-no-link)": true,
		"[a](resources/)": true, "[a](../README.md)": true, "[a](../../x.md)": true, "[a](/docs/resources/b.md)": true,
		"[a](./resources/b.md)": true, "[a](resources/b)": true, "![a](picture.svg)": true, "[a]()": true,
		"[a](http://github.com)": true, "[a](https://elsewhere.example.com)": true, "http://github.com": true, "[a](https:github.com)": true,
		"[a](resources/b.md?x=1)": true, "[a](resources/b.md?)": true, "[a](https://github.com/a/b?x=1)": true,
		"<img src=\"none.svg\">": true, "[a]: none.md": true, "[a](https://github.com/%zz)": true, "[a](mailto:somebody@example.com)": true,
	} {
		files := fstest.MapFS{
			"README.md":           {Data: []byte("# Read me\n")},
			"docs/index.md":       {Data: []byte(page + text + "\n")},
			"docs/picture.svg":    {},
			"docs/resources/b.md": {Data: []byte("# B\n\n## Section_2\n")},
		}
		if found := brokenLinks(files, "docs/index.md"); (len(found) > 0) != broken {
			t.Errorf("%s: found %q", text, found)
		}
	}
	for target, broken := range map[string]bool{"docs/index.md": false, "docs/picture.svg": false, "templates/index.md.tmpl": true, "../LICENSE": true} {
		files := fstest.MapFS{"docs/index.md": {}, "docs/picture.svg": {}, "templates/index.md.tmpl": {}, "README.md": {Data: []byte("[a](" + target + ")")}}
		if found := brokenLinks(files, "README.md"); (len(found) > 0) != broken {
			t.Errorf("from README.md to %s: found %q", target, found)
		}
	}
}

// pages returns the paths of all that users read.
func pages(t *testing.T, repository fs.FS) []string {
	t.Helper()
	found := []string{"README.md", "DESIGN.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"}
	for _, dir := range []string{"docs", "examples"} {
		err := fs.WalkDir(repository, dir, func(name string, _ fs.DirEntry, err error) error {
			if path.Ext(name) == ".md" {
				found = append(found, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// missingTests returns the tests and their files that a text names in backticks,
// and that are not there.
func missingTests(repository fs.FS, text string) ([]string, error) {
	there := map[string]bool{}
	err := fs.WalkDir(repository, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(repository, name)
		there[path.Base(name)] = true
		for _, test := range testSource.FindAllSubmatch(source, -1) {
			there[string(test[1])] = true
		}
		return err
	})
	var missing []string
	for _, named := range testName.FindAllStringSubmatch(text, -1) {
		if !there[named[1]] {
			missing = append(missing, named[1])
		}
	}
	return missing, err
}

// read returns the text of a file without its code, and "" for a missing file.
func read(files fs.FS, name string) string {
	text, _ := fs.ReadFile(files, name)
	return codeBlock.ReplaceAllString(string(text), "")
}

// links returns the targets of all links and images of a text.
func links(text string) []string {
	text = codeSpan.ReplaceAllString(text, "")
	var targets []string
	for _, match := range inlineLink.FindAllStringSubmatch(text, -1) {
		targets = append(targets, match[1])
	}
	for _, match := range otherLink.FindAllStringSubmatch(inlineLink.ReplaceAllString(text, "]"), -1) {
		targets = append(targets, match[1]+match[2]+match[3])
	}
	return targets
}

// brokenLinks returns what is wrong with the links of a page.
func brokenLinks(files fs.FS, page string) []string {
	var broken []string
	for _, target := range links(read(files, page)) {
		if err := checkLink(files, page, target); err != nil {
			broken = append(broken, fmt.Sprintf("%q: %v", target, err))
		}
	}
	return broken
}

func checkLink(files fs.FS, page, target string) error {
	at, err := url.Parse(target)
	switch {
	case err != nil:
		return err
	case at.RawQuery != "" || at.ForceQuery:
		return fmt.Errorf("has a query")
	case at.Scheme != "" || at.Host != "":
		return checkSite(at)
	case target == "":
		return fmt.Errorf("not a page")
	}
	name := page
	if at.Path != "" {
		name = path.Join(path.Dir(page), at.Path)
	}
	if strings.HasPrefix(page, "docs/") && !isRegistryLink(name, at.Path) {
		return fmt.Errorf("not a page as the registry links it")
	}
	if strings.HasPrefix(at.Path, "/") || strings.HasPrefix(name, "templates/") {
		return fmt.Errorf("not a page")
	}
	return checkFile(files, name, at.Fragment)
}

// checkSite checks a link to another site.
func checkSite(at *url.URL) error {
	if at.Scheme != "https" || !slices.Contains(linkedHosts, at.Host) {
		return fmt.Errorf("not an https address of %q", linkedHosts)
	}
	return nil
}

// isRegistryLink reports whether the Terraform registry finds the page with that
// name by that path. The registry removes .md from relative links, and shows nothing
// but docs. It finds neither a path from the root nor one without the ending.
func isRegistryLink(name, relative string) bool {
	isPlain := !strings.HasPrefix(relative, ".") || strings.HasPrefix(relative, "../")
	return isPlain && strings.HasPrefix(name, "docs/") && path.Ext(name) == ".md"
}

// checkFile checks a link to a file of this repository, and to a heading in it
// unless the fragment is "".
func checkFile(files fs.FS, name, fragment string) error {
	info, err := fs.Stat(files, name)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("not a page")
	case fragment != "" && !slices.Contains(anchors(read(files, name)), fragment):
		return fmt.Errorf("no such heading")
	}
	return nil
}

// anchors returns the fragments that links can point at within a page, as GitHub names
// them.
func anchors(text string) []string {
	var names []string
	seen := map[string]int{}
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, linkText.ReplaceAllString(match[1], "$1"))
		name := slug
		if n := seen[slug]; n > 0 {
			name = fmt.Sprintf("%s-%d", slug, n)
		}
		seen[slug]++
		names = append(names, name)
	}
	for _, match := range namedHere.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	return names
}
