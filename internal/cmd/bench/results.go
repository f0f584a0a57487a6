package main

import (
	"fmt"
	"slices"
	"time"
)

// results are what was measured.
type results struct {
	options
	setting string // CLI and machine
	startup time.Duration
	size    int64 // bytes of the provider

	commands []command // in the order in which they came
	samples  map[command]sample
}

func newResults(o options) *results {
	return &results{options: o, samples: map[command]sample{}}
}

// add takes a sample in: what a command takes is the least that it ever took, and
// what it sends is the most that it ever sent.
func (r *results) add(c command, s sample) {
	known, repeated := r.samples[c]
	if !repeated {
		r.commands = append(r.commands, c)
		r.samples[c] = s
		return
	}
	known.wall = min(known.wall, s.wall)
	known.CPU = min(known.CPU, s.CPU)
	known.Peak = min(known.Peak, s.Peak)
	if s.total() > known.total() {
		known.traffic = s.traffic
	}
	r.samples[c] = known
}

// of returns the commands for n authorizations.
func (r *results) of(n int) []command {
	return slices.DeleteFunc(slices.Clone(r.commands), func(c command) bool { return c.n != n })
}

// ratio compares two commands by time, and is "-" where one was not measured.
func (r *results) ratio(a, b command) string {
	dividend, divisor := r.samples[a].wall, r.samples[b].wall
	if dividend == 0 || divisor == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", dividend.Seconds()/divisor.Seconds())
}

// cpuEach returns the provider's CPU for each authorization in a plan of n of them,
// or 0 where it is not known. What a plan of one takes is the start of the provider.
func (r *results) cpuEach(n int) time.Duration {
	one, all := r.samples[command{n: 1, line: plan}].CPU, r.samples[command{n: n, line: plan}].CPU
	if n < 2 || one == 0 || all == 0 {
		return 0
	}
	return (all - one) / time.Duration(n-1)
}
