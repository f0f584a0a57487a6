package main

import (
	"strings"
	"testing"
	"time"
)

// madeUp returns results of two sizes that were not measured.
func madeUp() *results {
	r := &results{options: options{sizes: []int{1000, 2000}, repeat: 3}, setting: "Terraform v1.2.3", samples: map[command]sample{}}
	add := func(c command, t traffic, wall, cpu int) { // milliseconds
		ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
		r.add(c, sample{traffic: t, usage: usage{cpu: ms(cpu), peak: 60e6}, wall: ms(wall)})
	}
	for _, n := range r.sizes {
		lists := traffic{lists: n / 100, byID: 2}
		add(command{n: n, line: apply}, traffic{writes: n}, 9*n, 4000)
		add(command{n: n, line: plan}, lists, 4*n, 2*n)
		add(command{n: n, line: plan, latency: far}, lists, 42*n/10, 2000)
		add(command{n: n, line: plan, latency: far, byID: true}, traffic{byID: n}, 147*n/10, 3000)
	}
	return r
}

func TestResults_add(t *testing.T) {
	t.Parallel()
	r := &results{samples: map[command]sample{}}
	c := command{n: 5, line: plan}
	for _, wall := range []time.Duration{7, 6, 8} {
		r.add(c, sample{traffic{lists: 1}, usage{cpu: 2 * wall, peak: 9}, wall})
	}
	if got, want := r.samples[c], (sample{traffic{lists: 1}, usage{cpu: 12, peak: 9}, 6}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestResults_markdown(t *testing.T) {
	t.Parallel()
	got := madeUp().markdown()
	for _, want := range []string{
		"`make bench` with Terraform v1.2.3",
		`
## 1000 authorizations

| command | response | reads | requests | lists | by ID | writes | time    | CPU    | memory |
| ---     | ---      | ---   | ---      | ---   | ---   | ---    | ---     | ---    | ---    |
| ` + "`apply`" + ` | 0 ms     | lists | 1000     | 0     | 0     | 1000   | 9.00 s  | 4.00 s | 60.0 MB |
| ` + "`plan`" + `  | 0 ms     | lists | 12       | 10    | 2     | 0      | 4.00 s  | 2.00 s | 60.0 MB |
| ` + "`plan`" + `  | 100 ms   | lists | 12       | 10    | 2     | 0      | 4.20 s  | 2.00 s | 60.0 MB |
| ` + "`plan`" + `  | 100 ms   | by ID | 1000     | 0     | 1000  | 0      | 14.70 s | 3.00 s | 60.0 MB |

## 2000 authorizations
`,
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
