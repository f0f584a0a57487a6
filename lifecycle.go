package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// outliveSignals keeps the signals that end a CLI from ending the provider. A
// shell, a service manager and GNU timeout send them to the whole process group.
// The provider has to run until the CLI stops it, because it may have tokens to
// revoke. go-plugin does the same for SIGINT. parent is the ID of the parent
// process.
func outliveSignals(parent int) {
	signals := []os.Signal{syscall.SIGTERM, syscall.SIGHUP}
	// Without this, the first write to stdout or stderr after the CLI has exited
	// would end the provider by SIGPIPE. The default stays if the parent is process
	// 1. Either the CLI exited before this function was called: then there is no
	// token yet, watchParent cannot notice it, and SIGPIPE is what ends the provider.
	// Or process 1 is the CLI itself, as in a container, and no process outlives it.
	if parent != 1 {
		signals = append(signals, syscall.SIGPIPE)
	}
	// Nobody reads the channel. Notify is only there to replace the default action.
	signal.Notify(make(chan os.Signal, 1), signals...)
}

// watchParent returns a channel that is closed when the parent process, whose ID
// is parent, has exited. That is how a provider learns that its CLI was killed.
// This process exits timeout later, even if something in it hangs.
func watchParent(parent int, timeout time.Duration) <-chan struct{} {
	exited := make(chan struct{})
	go func() {
		if err := waitForParent(parent); err != nil {
			return // A parent that cannot be watched is taken to be running.
		}
		close(exited)
		time.Sleep(timeout)
		os.Exit(1)
	}()
	return exited
}
