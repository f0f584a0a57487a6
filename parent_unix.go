//go:build !windows

package main

import (
	"os"
	"time"
)

// parentPollInterval is the time between two looks at the parent's ID. Each look
// is one cheap system call.
const parentPollInterval = 500 * time.Millisecond

// waitForParent returns when the parent process, whose ID is parent, has exited.
// The system gives a process without a parent another one, so the ID changes.
func waitForParent(parent int) error {
	for os.Getppid() == parent {
		time.Sleep(parentPollInterval)
	}
	return nil
}
