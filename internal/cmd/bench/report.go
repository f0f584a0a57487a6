package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// results are the measured values.
type results struct {
	options
	setting string // CLI and machine
	samples map[command]sample
}

// add adds a sample. Of the samples of one command it keeps the fastest.
func (r *results) add(c command, s sample) {
	if known, repeated := r.samples[c]; !repeated || s.wall < known.wall {
		r.samples[c] = s
	}
}

// shown returns the command line without the flags that do not change its cost.
func (c command) shown() string {
	return strings.NewReplacer(" -auto-approve", "", " -detailed-exitcode", "").Replace(c.line)
}

// conditions returns the latency and how the provider reads, as the report has them.
func (c command) conditions() []string {
	reads := "lists"
	if c.byID {
		reads = "by ID"
	}
	return []string{fmt.Sprintf("%d ms", c.latency.Milliseconds()), reads}
}

// markdown returns the report.
func (r *results) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, `# Cost of a run

Measured by `+"`make bench`"+` with %s.

The server is simulated, and each response takes the given time. Terraform keeps its state on an HTTP server. The
provider reads from lists or, in a build for comparison, each authorization by its ID. The tables show the fastest of
%d runs of each plan. CPU is that of all provider processes of a command, memory that of the largest one.
`, r.setting, r.repeat)
	for _, n := range r.sizes {
		fmt.Fprintf(&text, "\n## %d authorizations\n\n", n)
		table(&text, r.rows(n))
	}
	return text.String()
}

// rows has a row for each command.
func (r *results) rows(n int) [][]string {
	rows := [][]string{{"command", "response", "reads", "requests", "lists", "by ID", "writes", "time", "CPU", "memory"}}
	for _, c := range commands(n, 1) {
		s, measured := r.samples[c]
		if !measured {
			continue
		}
		row := append([]string{"`" + c.shown() + "`"}, c.conditions()...)
		for _, count := range []int{s.total(), s.lists, s.byID, s.writes} {
			row = append(row, fmt.Sprint(count))
		}
		rows = append(rows, append(row, fmt.Sprintf("%.2f s", s.wall.Seconds()),
			fmt.Sprintf("%.2f s", s.cpu.Seconds()), fmt.Sprintf("%.1f MB", float64(s.peak)/1e6)))
	}
	return rows
}

// table writes a Markdown table whose columns are aligned in its source as well.
func table(text *strings.Builder, rows [][]string) {
	w := tabwriter.NewWriter(text, 0, 0, 1, ' ', 0)
	for i, row := range rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, "\t| "))
		if i == 0 {
			fmt.Fprintln(w, strings.Repeat("| ---\t", len(row))+"|")
		}
	}
	_ = w.Flush() // It writes to memory.
}
