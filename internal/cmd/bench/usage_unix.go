//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

func peakMemory(state *os.ProcessState) int64 {
	used, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	peak := int64(used.Maxrss) //nolint:unconvert // it has 32 bits on some systems
	if runtime.GOOS != "darwin" {
		peak *= 1024 // others count kilobytes
	}
	return peak
}
