//go:build !unix

package localcli

import "os/exec"

// detach leaves the interrupting to the console, which sends Ctrl-C to all of
// its programs: there is no other way to interrupt one.
func detach(command *exec.Cmd) {
	command.Cancel = func() error { return nil }
}

func killGroup(*exec.Cmd) {}
