package main

import (
	"strings"
	"testing"
	"time"
)

// made are results that were not measured, of two sizes.
func made() *results {
	r := newResults(options{few: 250, sizes: []int{1000, 2000}, repeat: 3})
	r.setting, r.startup, r.size = "Terraform v1.2.3", 12*time.Millisecond, 25_900_000
	add := func(c command, t traffic, wall, cpu int) { // milliseconds
		ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
		r.add(c, sample{traffic: t, usage: usage{CPU: ms(cpu), Peak: 60e6}, wall: ms(wall)})
	}
	add(command{n: 1, line: plan}, traffic{Numbers: 1}, 1000, 100)
	add(command{n: 250, line: plan}, traffic{Lists: 3, Numbers: 2}, 1000, 598)
	for _, n := range r.sizes {
		lists := traffic{Lists: n / 100, Numbers: 2}
		add(command{n: n, line: apply}, traffic{Writes: n}, 9*n, 4000)
		add(command{n: n, line: plan}, lists, 4*n, 2*n)
		add(command{n: n, line: plan, latency: far}, lists, 42*n/10, 2000)
		add(command{n: n, line: plan, latency: far, byNumber: true}, traffic{Numbers: n, Repeated: 1}, 147*n/10, 3000)
	}
	return r
}

// The least time and memory, and the most requests.
func TestResults_add(t *testing.T) {
	t.Parallel()
	r := newResults(options{})
	c := command{n: 5, line: plan}
	r.add(c, sample{traffic{Lists: 1, Numbers: 2}, usage{CPU: 3, Peak: 9}, 7})
	r.add(c, sample{traffic{Lists: 2, Numbers: 2}, usage{CPU: 4, Peak: 8}, 6})
	r.add(c, sample{traffic{Lists: 3}, usage{CPU: 5, Peak: 10}, 8})
	if got, want := r.samples[c], (sample{traffic{Lists: 2, Numbers: 2}, usage{CPU: 3, Peak: 8}, 6}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if len(r.commands) != 1 {
		t.Errorf("commands: %+v", r.commands)
	}
}

func TestResults_ratio(t *testing.T) {
	t.Parallel()
	r := made()
	near := command{n: 1000, line: plan}
	if got := r.ratio(command{n: 1000, line: plan, latency: far}, near); got != "1.05" {
		t.Errorf("got %s", got)
	}
	if got := r.ratio(command{n: 1000, line: refreshOnly}, near) + r.ratio(near, command{n: 7, line: plan}); got != "--" {
		t.Errorf("of what was not measured: %s", got)
	}
}

func TestResults_cpuEach(t *testing.T) {
	t.Parallel()
	r := made()
	for n, want := range map[int]time.Duration{
		1: 0, 100: 0, 250: 2 * time.Millisecond, 2000: 3900 * time.Millisecond / 1999,
	} {
		if got := r.cpuEach(n); got != want {
			t.Errorf("of %d: %v, want %v", n, got, want)
		}
	}
}

func TestResults_markdown(t *testing.T) {
	t.Parallel()
	got := made().markdown()
	for _, want := range []string{
		"`make bench` with Terraform v1.2.3",
		`
## 1000 authorizations

| command | answer | reads     | requests | lists | by number | writes | repeated | time    | CPU    | memory  |
| ---     | ---    | ---       | ---      | ---   | ---       | ---    | ---      | ---     | ---    | ---     |
| ` + "`apply`" + ` | 0 ms   | lists     | 1000     | 0     | 0         | 1000   | 0        | 9.00 s  | 4.00 s | 60.0 MB |
| ` + "`plan`" + `  | 0 ms   | lists     | 12       | 10    | 2         | 0      | 0        | 4.00 s  | 2.00 s | 60.0 MB |
| ` + "`plan`" + `  | 100 ms | lists     | 12       | 10    | 2         | 0      | 0        | 4.20 s  | 2.00 s | 60.0 MB |
| ` + "`plan`" + `  | 100 ms | by number | 1000     | 0     | 1000      | 0      | 1        | 14.70 s | 3.00 s | 60.0 MB |

## 2000 authorizations
`,
		" by number / from lists | 3.50 ",
		" plan of 250 | 2.00 ms ",
		" plan of 2000 | 1.95 ms ",
		" its schemas | 12.00 ms ",
		" stripped | 25.9 MB ",
	} {
		if !strings.Contains(flat(got), flat(want)) {
			t.Errorf("the report lacks\n%s\nin\n%s", want, got)
		}
	}
	for line := range strings.Lines(got) {
		if len(line) > 121 && !strings.HasPrefix(line, "|") {
			t.Errorf("too long a line: %s", line)
		}
	}
}

// flat has single spaces only: how tables are aligned depends on their widest cell.
func flat(text string) string {
	for strings.Contains(text, "  ") {
		text = strings.ReplaceAll(text, "  ", " ")
	}
	return text
}
