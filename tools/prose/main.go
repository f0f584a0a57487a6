// Command prose copies the files that standard input names to a directory, as Markdown with the same line numbers. It
// copies pages whole, the comments of other files, and the string literals of Go files that are not tests.
package main

import (
	"bufio"
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

var (
	action    = regexp.MustCompile(`\{\{.*?\}\}`)                       // of a template
	indent    = regexp.MustCompile(`(\A---\n(?s:.*?)\n---\n)|(?m:^) +`) // the linter finds no phrase across it
	comment   = regexp.MustCompile(`(^|\s)(//|#) ((\s+- )?\S.*)`)       // a directive has no space, and code has several
	wholeLine = regexp.MustCompile(`^\s*(//|#) \S`)
	newlines  = regexp.MustCompile(`[.:]?\s*\n\s*`)
)

func main() {
	for stdin := bufio.NewScanner(os.Stdin); stdin.Scan(); {
		name, out := stdin.Text(), filepath.Join(os.Args[1], stdin.Text())
		data, err := os.ReadFile(name)
		text := indent.ReplaceAllString(action.ReplaceAllString(string(data), ""), "$1")
		if !strings.HasSuffix(strings.TrimSuffix(name, ".tmpl"), ".md") {
			out += ".prose.md"
			text = extract(name, strings.Split(string(data), "\n"))
		}
		if err := cmp.Or(err, os.MkdirAll(filepath.Dir(out), 0o755), os.WriteFile(out, []byte(text), 0o644)); err != nil {
			log.Fatal(err)
		}
	}
}

// extract makes each text an item of a list, so that the linter reads it alone.
func extract(name string, source []string) string {
	texts := make([]string, len(source))
	if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
		files := token.NewFileSet()
		file, _ := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		ast.Inspect(file, func(n ast.Node) bool {
			text := literal(n)
			if strings.Count(text, " ") > 1 {
				texts[files.Position(n.Pos()).Line-1] += "- " + text
			}
			return text == ""
		})
	}
	for i, line := range source {
		if found := comment.FindStringSubmatch(line); found != nil {
			if texts[i] != "" {
				texts[i] += ". Note: "
			} else if i == 0 || !wholeLine.MatchString(source[i-1]) {
				texts[i] = "- "
			}
			texts[i] += found[3]
		}
	}
	return strings.Join(texts, "\n")
}

// literal returns the text of a string literal or of a sum of them, with `x` for each operand that is none.
func literal(n ast.Node) string {
	switch e := n.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return newlines.ReplaceAllString(text, ". ")
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return cmp.Or(literal(e.X), "`x`") + cmp.Or(literal(e.Y), "`x`")
		}
	}
	return ""
}
