//go:build unix

package localcli

import (
	"os"
	"os/exec"
	"syscall"
)

// detach puts the command in a process group of its own, and has it interrupted
// when its context is done. A Ctrl-C of the terminal would otherwise reach the
// CLI twice, and a second interrupt makes it give up without tidying.
func detach(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
}

// killGroup ends the providers that an interrupted command has left behind.
func killGroup(command *exec.Cmd) {
	if command.Process != nil {
		// There is nobody to kill unless the command had to be killed itself.
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}
}
