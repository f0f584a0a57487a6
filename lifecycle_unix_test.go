//go:build unix

package main

import (
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A provider for a debugger is no child of a CLI. It runs until a signal stops it.
func TestMain_debug(t *testing.T) {
	t.Parallel()
	f := startFamily(t, false, "provider", "-debug")
	address := f.wait("TF_REATTACH_PROVIDERS=")
	match := regexp.MustCompile(`"Pid":(\d+)`).FindStringSubmatch(address)
	if match == nil {
		t.Fatalf("no process ID in %s", address)
	}
	provider, err := strconv.Atoi(match[1])
	if err != nil {
		t.Fatal(err)
	}
	f.stop()
	f.wait("parent exits")
	time.Sleep(2 * time.Second) // longer than a provider takes to notice that
	if err := syscall.Kill(provider, syscall.SIGTERM); err != nil {
		t.Errorf("the provider does not outlive its parent: %v", err)
	}
	f.waitForExit()
}

// A provider whose CLI has exited before main was called exits as soon as it
// writes to stdout, which it does before it serves anything.
func TestMain_orphanedBefore(t *testing.T) {
	t.Parallel()
	f := startFamily(t, true, "orphan")
	f.wait("child runs")
	f.stop()
	if parent := f.wait("parent is"); !strings.HasSuffix(parent, " 1") {
		t.Skip(parent + ": the system gives orphans to a process that a provider cannot tell from a CLI")
	}
	f.waitForExit()
}
