package localcli

import (
	"context"
	"errors"
	"os/exec"
	"time"
)

// Grace is how long an interrupted CLI may take to stop its providers and end.
const Grace = 20 * time.Second

// Run runs a command that was created with ctx to its end and returns its exit code.
// When ctx is done, it interrupts the command as Ctrl-C would, so that the command
// stops its providers. The error is then the context's.
func Run(ctx context.Context, command *exec.Cmd) (int, error) {
	command.WaitDelay = Grace
	detach(command)
	err := command.Run()
	if ctx.Err() != nil {
		killGroup(command)
		return 0, context.Cause(ctx)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}
