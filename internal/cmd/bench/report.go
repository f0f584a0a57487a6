package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// judged is the number of authorizations that the ratios are about, and the greatest
// for which everything is measured.
const judged = 1000

// circumstances say how a command was run.
func (c command) circumstances() string {
	reads := "lists"
	if c.byNumber {
		reads = "by number"
	}
	return fmt.Sprintf("%d ms, %s", c.latency.Milliseconds(), reads)
}

// save writes the report and its plot.
func (r *results) save(dir string) error {
	for name, content := range map[string]string{"bench.md": r.markdown(), "bench.svg": r.plot()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil { //nolint:gosec // It is to be read.
			return err
		}
	}
	return nil
}

// markdown is the report.
func (r *results) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, `# What a run costs

Measured by `+"`make bench`"+` with %s.

The server is in memory, and takes the given time for each answer. Reads come from lists or, in a build for
comparison, by number. Plans are made in turn, those of up to %d authorizations and those whose CPU is compared %d
times: the least time, CPU and memory count, and the most requests. CPU is that of all provider processes of a
command, memory that of the one which did the work. "Repeated" are reads of an address that the same command had read
before: a conditional request could save no others.
`, r.setting, judged, r.repeat)
	for _, n := range r.sizes {
		fmt.Fprintf(&text, "\n## %d authorizations\n\n", n)
		table(&text, r.rows(n))
	}
	text.WriteString("\n## How they compare\n\n")
	table(&text, r.ratios())
	return text.String()
}

// rows has a line for each command, grouped by what the CLI was asked.
func (r *results) rows(n int) [][]string {
	rows := [][]string{{"command", "answer", "reads", "requests", "lists", "by number", "writes", "repeated", "time", "CPU", "memory"}}
	commands := r.of(n)
	order := []string{apply, plan, refreshOnly, planOnly, update, destroy}
	slices.SortStableFunc(commands, func(a, b command) int { return slices.Index(order, a.line) - slices.Index(order, b.line) })
	for _, c := range commands {
		s := r.samples[c]
		latency, reads, _ := strings.Cut(c.circumstances(), ", ")
		counts := []int{s.total(), s.Lists, s.Numbers, s.Writes, s.Repeated}
		row := []string{"`" + shown(c.line) + "`", latency, reads}
		for _, count := range counts {
			row = append(row, fmt.Sprint(count))
		}
		rows = append(rows, append(row, seconds(s.wall), seconds(s.CPU), megabytes(s.Peak)))
	}
	return rows
}

// shown is a command line without what makes no difference to its cost.
func shown(line string) string {
	return strings.NewReplacer(" -auto-approve", "", " -detailed-exitcode", "").Replace(line)
}

// ratios has a line for each comparison.
func (r *results) ratios() [][]string {
	near := command{n: judged, line: plan}
	slow := command{n: judged, line: plan, latency: far}
	slowByNumber := command{n: judged, line: plan, latency: far, byNumber: true}
	refresh := command{n: judged, line: refreshOnly, latency: far}
	refreshByNumber := command{n: judged, line: refreshOnly, latency: far, byNumber: true}
	many := r.sizes[len(r.sizes)-1]
	return [][]string{
		{"what", "result", "target"},
		{"time of a plan of 1000: answers of 100 ms / of 0 ms", r.ratio(slow, near), "at most 1.15"},
		{"time of a plan of 1000 with answers of 100 ms: by number / from lists", r.ratio(slowByNumber, slow), "at least 3"},
		{"time of a refresh of 1000 with answers of 100 ms: by number / from lists", r.ratio(refreshByNumber, refresh), "at least 3"},
		{fmt.Sprintf("provider's CPU for each authorization in a plan of %d", r.few), milliseconds(r.cpuEach(r.few)), ""},
		{fmt.Sprintf("provider's CPU for each authorization in a plan of %d", many), milliseconds(r.cpuEach(many)), "the same"},
		{"from starting the provider to its schemas", milliseconds(r.startup), ""},
		{"size of the provider, stripped", megabytes(r.size), ""},
	}
}

// table writes a Markdown table that is aligned in its source, too.
func table(text *strings.Builder, rows [][]string) {
	w := tabwriter.NewWriter(text, 0, 0, 1, ' ', 0)
	line := func(cells []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, "\t| ")) }
	line(rows[0])
	line(slices.Repeat([]string{"---"}, len(rows[0])))
	for _, row := range rows[1:] {
		line(row)
	}
	_ = w.Flush() // to memory
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// megabytes is "-" for what the system does not tell.
func megabytes(bytes int64) string {
	if bytes == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}
