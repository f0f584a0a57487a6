package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// The CLI starts this program in the place of the provider, with these variables
// set: only the parent of a process is told what it has used.
const (
	envProvider = "BENCH_PROVIDER" // the real one's path
	envUsage    = "BENCH_USAGE"    // the file to which what it used is added
)

// usage is what a process has used.
type usage struct {
	CPU  time.Duration // its own and the system's for it
	Peak int64         // bytes of memory at most; 0 where the system does not tell
}

// standIn runs the provider on the CLI's descriptors, notes what it has used, and
// returns its exit code. The system counts the memory of this process as the
// provider's until that runs: there must be little of it.
func standIn(provider, file string) int {
	//nolint:gosec,noctx // The bench names the program, and the CLI ends it.
	child := exec.Command(provider, os.Args[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	err := child.Start()
	if err == nil {
		go func() {
			for s := range signals {
				_ = child.Process.Signal(s) // it may have ended
			}
		}()
		err = child.Wait()
	}
	if _, ended := errors.AsType[*exec.ExitError](err); err == nil || ended {
		err = note(file, usageOf(child.ProcessState))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return child.ProcessState.ExitCode()
}

func usageOf(state *os.ProcessState) usage {
	return usage{CPU: state.UserTime() + state.SystemTime(), Peak: peakMemory(state)}
}

// note adds a line to the file, whole even if other processes do so as well.
func note(file string, used usage) error {
	line, err := json.Marshal(used)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // The bench names the file.
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// noted takes what was noted out of the file: the CPU of all processes, and the
// memory of the one that used the most CPU. The CLIs start others only to ask for
// schemas and to check the configuration.
func noted(file string) (usage, error) {
	f, err := os.Open(file) //nolint:gosec // The bench names the file.
	if err != nil {
		return usage{}, err
	}
	defer f.Close()
	var total, most usage
	for lines := json.NewDecoder(f); lines.More(); {
		var one usage
		if err := lines.Decode(&one); err != nil {
			return usage{}, err
		}
		total.CPU += one.CPU
		if one.CPU >= most.CPU {
			most = one
		}
	}
	total.Peak = most.Peak
	return total, os.Remove(file)
}
