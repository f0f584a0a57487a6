package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// The CLI starts this program instead of the provider, with these variables set. The
// system tells only the parent of a process how much CPU and memory it has used.
const (
	envProvider = "BENCH_PROVIDER" // the path of the real provider
	envUsage    = "BENCH_USAGE"    // the file to add its usage to
)

// usage is the CPU time and the memory of a process.
type usage struct {
	cpu  time.Duration
	peak int64 // bytes; 0 on Windows
}

// standIn runs the provider, adds a line with its usage to the file, and returns its
// exit code. Until the provider runs, the system counts the memory of this process
// as the provider's, so this process must use little.
func standIn(provider, file string) int {
	child := exec.Command(provider, os.Args[1:]...) //nolint:gosec,noctx // The bench names the program, and the CLI ends it.
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := child.Run()
	state := child.ProcessState
	if state != nil { // The provider ran, and its exit code tells the rest.
		err = appendUsage(file, usage{state.UserTime() + state.SystemTime(), peakMemory(state)})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return state.ExitCode()
}

// appendUsage adds a line with one write, since other processes may add theirs at
// the same time.
func appendUsage(file string, u usage) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // The bench names the file.
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%d %d\n", u.cpu, u.peak)
	return errors.Join(err, f.Close())
}

// readUsage returns the CPU of all provider processes of a command and the memory of
// the largest one, and removes the file.
func readUsage(file string) (usage, error) {
	text, err := os.ReadFile(file) //nolint:gosec // The bench names the file.
	if err != nil {
		return usage{}, err
	}
	var total usage
	for line := range strings.Lines(string(text)) {
		var one usage
		if _, err := fmt.Sscan(line, &one.cpu, &one.peak); err != nil {
			return usage{}, err
		}
		total.cpu += one.cpu
		total.peak = max(total.peak, one.peak)
	}
	return total, os.Remove(file)
}
