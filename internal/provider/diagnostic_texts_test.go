package provider

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unknownPart stands for the part of a text that only a run determines, such as an ID.
const unknownPart = "\x00"

// diagnosticTexts are what the code of the provider may report. Each text is a pattern with
// unknownPart in it.
type diagnosticTexts struct {
	summaries map[string]bool
	causes    map[string]bool // the first sentences that tell errors with the same summary apart
}

// textCollector collects diagnosticTexts from the syntax trees of packages.
type textCollector struct {
	functions map[string][]*ast.FuncDecl // by name
	calls     map[string][]textCall      // by name of the called function
	consts    map[string]ast.Expr        // of the package
	details   map[string][]string        // by summary
	diagnosticTexts
}

// textCall is a call, and the function that it is in.
type textCall struct {
	*ast.CallExpr
	in *ast.FuncDecl
}

// codePatterns are the files of the provider and its client.
var codePatterns = []string{"*.go", "../ghes/*.go", "../ghes/transport/*.go"}

// sourceFiles returns the contents of the Go files that match, without tests, by their names.
func sourceFiles(t *testing.T, pattern string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// textOfGo returns the texts of the provider and its client.
func textOfGo(t *testing.T) diagnosticTexts {
	t.Helper()
	all := diagnosticTexts{map[string]bool{}, map[string]bool{}}
	for _, pattern := range codePatterns {
		c := newTextCollector(t, pattern)
		c.collectDiagnostics()
		c.collectAdvice()
		if pattern != "*.go" {
			c.collectErrors()
		}
		maps.Copy(all.summaries, c.summaries)
		maps.Copy(all.causes, c.causes)
	}
	return all
}

func newTextCollector(t *testing.T, pattern string) *textCollector {
	t.Helper()
	c := &textCollector{
		functions: map[string][]*ast.FuncDecl{}, calls: map[string][]textCall{}, consts: map[string]ast.Expr{}, details: map[string][]string{},
		diagnosticTexts: diagnosticTexts{map[string]bool{}, map[string]bool{}},
	}
	for name, source := range sourceFiles(t, pattern) {
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			c.add(declaration)
		}
	}
	return c
}

// add notes the constants, the functions and the calls of a declaration.
func (c *textCollector) add(declaration ast.Decl) {
	function, _ := declaration.(*ast.FuncDecl)
	if function != nil {
		c.functions[function.Name.Name] = append(c.functions[function.Name.Name], function)
	}
	ast.Inspect(declaration, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ValueSpec:
			if function == nil && len(node.Names) == len(node.Values) {
				for i, name := range node.Names {
					c.consts[name.Name] = node.Values[i]
				}
			}
		case *ast.CallExpr:
			c.calls[calledName(node)] = append(c.calls[calledName(node)], textCall{node, function})
		}
		return true
	})
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// summaryArguments are the functions that make diagnostics, and which argument is the summary. The
// detail follows it.
var summaryArguments = map[string]int{
	"AddError": 0, "AddWarning": 0, "NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0, "revokeError": 0,
	"AddAttributeError": 1, "AddAttributeWarning": 1, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
}

// collectDiagnostics collects the summaries, and the details of those that several diagnostics have,
// or that only say what the provider was unable to do.
func (c *textCollector) collectDiagnostics() {
	for name, at := range summaryArguments {
		for _, call := range c.calls[name] {
			if len(call.Args) < at+2 {
				continue
			}
			for _, summary := range c.texts(call.Args[at], call.in, 4) {
				if !strings.HasPrefix(summary, unknownPart) {
					c.summaries[summary] = true
					c.details[summary] = append(c.details[summary], c.texts(call.Args[at+1], call.in, 0)...)
				}
			}
		}
	}
	for summary, details := range c.details {
		sentences := map[string]bool{}
		for _, detail := range details {
			sentences[firstSentence(detail)] = true
		}
		if len(sentences) > 1 || strings.HasPrefix(summary, "Unable to ") {
			c.addCauses(slices.Collect(maps.Keys(sentences))...)
		}
	}
}

// collectAdvice collects what functions named "…Advice" return, and other texts that details begin
// with.
func (c *textCollector) collectAdvice() {
	for name, functions := range c.functions {
		for _, function := range functions {
			ast.Inspect(function, func(node ast.Node) bool {
				if result, ok := node.(*ast.ReturnStmt); ok && (strings.HasSuffix(name, "Advice") || name == "describeIDReuse") && len(result.Results) > 0 {
					c.addCauses(c.texts(result.Results[0], function, 0)...)
				}
				return true
			})
			c.collectAdvised(function)
		}
	}
	if rules, ok := c.consts["adviceRules"]; ok {
		ast.Inspect(rules, func(node ast.Node) bool {
			if result, ok := node.(*ast.ReturnStmt); ok {
				c.addCauses(c.texts(result.Results[0], nil, 0)...)
			}
			return true
		})
	}
	for _, name := range []string{"always", "missingSettingsError", "undecidedWarning", "NewArgumentFuncError"} {
		for _, call := range c.calls[name] {
			c.addCauses(c.texts(call.Args[len(call.Args)-1], call.in, 0)...)
		}
	}
	for _, function := range c.functions["refusedBefore"] {
		c.collectReturned(function)
	}
}

// collectAdvised collects the advice of the advisedErrors of a function, and what the errors of
// settings say.
func (c *textCollector) collectAdvised(function *ast.FuncDecl) {
	ast.Inspect(function, func(node ast.Node) bool {
		literal, ok := node.(*ast.CompositeLit)
		if ok && isNamed(literal.Type, "advisedError") {
			c.addCauses(c.texts(literal.Elts[1], function, 0)...)
		}
		return true
	})
	if function.Name.Name == "Error" && function.Recv != nil {
		c.collectReturned(function)
	}
}

// collectErrors collects the texts of the client's errors.
func (c *textCollector) collectErrors() {
	for _, name := range []string{"New", "Errorf"} {
		for _, call := range c.calls[name] {
			for _, text := range c.texts(call.Args[0], call.in, 0) {
				c.addCauses(formatted(text))
			}
		}
	}
	for _, functions := range c.functions {
		for _, function := range functions {
			ast.Inspect(function, func(node ast.Node) bool {
				if literal, ok := node.(*ast.CompositeLit); ok && isNamed(literal.Type, "plainError") {
					c.addCauses(c.texts(literal.Elts[0], function, 0)...)
				}
				return true
			})
		}
	}
}

func (c *textCollector) collectReturned(function *ast.FuncDecl) {
	ast.Inspect(function, func(node ast.Node) bool {
		if result, ok := node.(*ast.ReturnStmt); ok && len(result.Results) > 0 {
			c.addCauses(c.texts(result.Results[0], function, 0)...)
		}
		return true
	})
}

func isNamed(e ast.Expr, name string) bool {
	identifier, ok := e.(*ast.Ident)
	return ok && identifier.Name == name
}

// addCauses adds the first sentences of texts that say something.
func (c *textCollector) addCauses(texts ...string) {
	for _, text := range texts {
		sentence := firstSentence(text)
		if words := strings.Fields(strings.ReplaceAll(sentence, unknownPart, "")); len(words) > 1 && !laterSentence.MatchString(text) {
			c.causes[sentence] = true
		}
	}
}

// laterSentence matches a text whose beginning comes from another function.
var laterSentence = regexp.MustCompile(`^\x00*( [A-Z]|:)`)

// sentenceEnd is where a sentence ends, or the list or the block that it introduces begins.
var sentenceEnd = regexp.MustCompile(`\.( |\n|$)|:\n`)

func firstSentence(text string) string {
	if end := sentenceEnd.FindStringIndex(text); end != nil {
		text = text[:end[0]]
	}
	return strings.TrimRight(strings.TrimSuffix(text, ": "+unknownPart), ": ")
}

var formatVerb = regexp.MustCompile(`%(\[\d+\])?[+#]?[a-zA-Z]`)

func formatted(format string) string {
	return strings.ReplaceAll(formatVerb.ReplaceAllString(format, unknownPart), "%%", "%")
}

// texts returns what an expression in a function may be. depth limits how many callers it looks at
// for the value of a parameter.
func (c *textCollector) texts(e ast.Expr, in *ast.FuncDecl, depth int) []string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []string{text}
		}
	case *ast.BinaryExpr:
		var all []string
		for _, left := range c.texts(e.X, in, depth) {
			for _, right := range c.texts(e.Y, in, depth) {
				all = append(all, left+right)
			}
		}
		return all
	case *ast.CallExpr:
		return c.callTexts(e, in, depth)
	case *ast.Ident:
		return c.identifierTexts(e, in, depth)
	}
	return []string{unknownPart}
}

// callTexts is texts for a call of a function that returns a text.
func (c *textCollector) callTexts(call *ast.CallExpr, in *ast.FuncDecl, depth int) []string {
	switch calledName(call) {
	case "Sprintf", "Errorf":
		var all []string
		for _, format := range c.texts(call.Args[0], in, depth) {
			all = append(all, formatted(format))
		}
		return all
	case "detail":
		return c.texts(call.Args[2], in, depth)
	}
	return []string{unknownPart}
}

// identifierTexts is texts for a constant, a variable or a parameter.
func (c *textCollector) identifierTexts(e *ast.Ident, in *ast.FuncDecl, depth int) []string {
	if in == nil {
		return c.constTexts(e)
	}
	if at := parameterIndex(in, e.Name); at >= 0 {
		return c.argumentTexts(in.Name.Name, at, depth)
	}
	var assigned []string
	for _, value := range assignedValues(in, e.Name) {
		assigned = append(assigned, c.texts(value, in, depth)...)
	}
	if assigned != nil {
		return assigned
	}
	return c.constTexts(e)
}

// argumentTexts returns what the callers of a function pass as an argument.
func (c *textCollector) argumentTexts(function string, at, depth int) []string {
	var all []string
	for _, call := range c.calls[function] {
		if depth > 0 && at < len(call.Args) {
			all = append(all, c.texts(call.Args[at], call.in, depth-1)...)
		}
	}
	if len(all) == 0 {
		return []string{unknownPart}
	}
	return all
}

// assignedValues returns what a function assigns to a variable, without what it appends to it.
func assignedValues(in *ast.FuncDecl, name string) []ast.Expr {
	var values []ast.Expr
	ast.Inspect(in.Body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.AssignStmt:
			if len(node.Lhs) != len(node.Rhs) || node.Tok == token.ADD_ASSIGN {
				return true
			}
			for i, variable := range node.Lhs {
				if isNamed(variable, name) && !mentions(node.Rhs[i], name) {
					values = append(values, node.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i, constant := range node.Names {
				if constant.Name == name && i < len(node.Values) {
					values = append(values, node.Values[i])
				}
			}
		}
		return true
	})
	return values
}

func mentions(e ast.Expr, name string) bool {
	found := false
	ast.Inspect(e, func(node ast.Node) bool {
		identifier, ok := node.(*ast.Ident)
		found = found || ok && identifier.Name == name
		return true
	})
	return found
}

func (c *textCollector) constTexts(e *ast.Ident) []string {
	if value, ok := c.consts[e.Name]; ok {
		return c.texts(value, nil, 0)
	}
	return []string{unknownPart}
}

// parameterIndex returns the position of a parameter of type string, or -1.
func parameterIndex(function *ast.FuncDecl, name string) int {
	at := 0
	for _, field := range function.Type.Params.List {
		for _, parameter := range field.Names {
			if parameter.Name == name && isNamed(field.Type, "string") {
				return at
			}
			at++
		}
	}
	return -1
}
