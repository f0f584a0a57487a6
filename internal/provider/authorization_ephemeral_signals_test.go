//go:build unix

package provider

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// processGroup is a CLI in a process group of its own, with the provider and all
// other processes that the CLI starts.
type processGroup struct {
	t      *testing.T
	cli    *exec.Cmd
	output string   // the file that the CLI prints to
	alive  *os.File // a pipe whose other end every process of the group has open
	ended  bool
}

// startGroup starts the CLI in a process group of its own, as a shell and GNU
// timeout do.
func (w *workspace) startGroup(args ...string) *processGroup {
	w.t.Helper()
	alive, held, err := os.Pipe()
	if err != nil {
		w.t.Fatal(err)
	}
	g := &processGroup{t: w.t, cli: w.command(args...), output: filepath.Join(w.dir, "output"), alive: alive}
	output, err := os.Create(g.output)
	if err != nil {
		w.t.Fatal(err)
	}
	g.cli.Stdout, g.cli.Stderr = output, output
	if signal.Ignored(syscall.SIGHUP) {
		// The tests run under nohup. The CLI would inherit that, but not a signal that is caught.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	g.cli.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	g.cli.ExtraFiles = []*os.File{held} // the processes that the CLI starts inherit it as well
	if err := g.cli.Start(); err != nil {
		w.t.Fatal(err)
	}
	_ = output.Close()
	_ = held.Close()
	w.t.Cleanup(g.cleanUp)
	return g
}

// cleanUp stops what a failed test has left running.
func (g *processGroup) cleanUp() {
	if !g.ended {
		_ = syscall.Kill(-g.cli.Process.Pid, syscall.SIGKILL)
	}
	_ = g.alive.Close()
}

// signal sends a signal to the whole group.
func (g *processGroup) signal(signal syscall.Signal) {
	g.t.Helper()
	if err := syscall.Kill(-g.cli.Process.Pid, signal); err != nil {
		g.t.Errorf("%v to the process group: %v", signal, err)
	}
}

// signalCLI sends a signal to the CLI only.
func (g *processGroup) signalCLI(signal syscall.Signal) {
	g.t.Helper()
	if err := g.cli.Process.Signal(signal); err != nil {
		g.t.Errorf("%v to the CLI: %v", signal, err)
	}
}

// waitForInterrupt waits until the CLI has received a signal that it treats like
// Ctrl-C.
func (g *processGroup) waitForInterrupt() {
	g.t.Helper()
	var output []byte
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		output, _ = os.ReadFile(g.output)
		if bytes.Contains(output, []byte("Interrupt received")) {
			return
		}
	}
	g.t.Fatalf("the CLI ignores the signal: %s", output)
}

// waitForCLI waits until the CLI has ended, and fails if the signal had no effect.
func (g *processGroup) waitForCLI() {
	g.t.Helper()
	if err := g.cli.Wait(); err == nil {
		g.t.Error("the CLI succeeds in spite of the signal")
	}
}

// waitForAll waits until every process of the group has ended.
func (g *processGroup) waitForAll() {
	g.t.Helper()
	_ = g.alive.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := g.alive.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		g.t.Fatalf("a process that the CLI started is still running: %v", err)
	}
	g.ended = true
}

// ending is a way in which a run ends, other than by Ctrl-C.
type ending struct {
	send  func(*processGroup)
	kills bool // the CLI exits without stopping the provider
}

var endings = map[string]ending{
	"SIGTERM to the group": {send: func(g *processGroup) { g.signal(syscall.SIGTERM) }},
	"SIGHUP to the group":  {send: func(g *processGroup) { g.signal(syscall.SIGHUP) }, kills: true},
	// GNU timeout sends the signal to its command first, and then to its group.
	"timeout": {send: func(g *processGroup) {
		g.signalCLI(syscall.SIGTERM)
		g.signal(syscall.SIGTERM)
		g.signal(syscall.SIGCONT)
	}},
	"SIGKILL to the CLI": {send: func(g *processGroup) { g.signalCLI(syscall.SIGKILL) }, kills: true},
}

// logs are the values of TF_LOG. If the provider logs, it writes to a pipe that
// nobody reads once the CLI has exited.
var logs = map[string]string{"without log": "", "with log": "TRACE"}

// untilEnd is a command that runs until the test writes the file "end". A command
// that outlives its CLI is stopped that way.
const untilEnd = "touch begun; while [ ! -e end ]; do sleep 0.05; done"

// If an apply ends while it uses a token, the provider revokes the token and exits.
func TestAuthorizationEphemeral_applyEnds(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, ending := range endings {
		for logging, level := range logs {
			t.Run(name+", "+logging, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				w := newBinaryWorkspace(t, once(sim, "", untilEnd))
				w.logTo(level)
				g := w.startGroup("apply", "-auto-approve")
				w.waitForProvisioner()
				wantOpen(t, sim)
				ending.send(g)
				g.waitForCLI()
				w.write("end", "")
				g.waitForAll()
				none(t, sim)
			})
		}
	}
}

// If a plan ends while a token is open, the provider revokes the token and exits.
func TestAuthorizationEphemeral_planEnds(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	if onOpenTofu() && cliOlderThan("1.12") {
		t.Skip("this version reads the data source in the apply")
	}
	for name, ending := range endings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			read := hold(sim, http.MethodGet)
			w := newBinaryWorkspace(t, once(sim, "", "true")+`
data "ghes_authorizations" "test" {
  depends_on = [ephemeral.ghes_authorization.test]
}
`)
			g := w.startGroup("plan")
			read.wait(t)
			wantOpen(t, sim)
			ending.send(g)
			g.waitForCLI()
			g.waitForAll()
			none(t, sim)
		})
	}
}

// If a run ends before the response to a create arrives, the provider revokes the
// token in the response, and exits.
func TestAuthorizationEphemeral_endsBeforeResponse(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, ending := range endings {
		for logging, level := range logs {
			t.Run(name+", "+logging, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				create := hold(sim, http.MethodPost)
				w := newBinaryWorkspace(t, once(sim, "", "true"))
				w.logTo(level)
				g := w.startGroup("plan")
				create.wait(t)
				wantOpen(t, sim)
				ending.send(g)
				if ending.kills {
					g.waitForCLI()
					create.release()
				} else {
					g.waitForInterrupt()
					create.release()
					g.waitForCLI()
				}
				g.waitForAll()
				none(t, sim)
			})
		}
	}
}

// If the response to a create never arrives, the provider finds the token by its
// note and revokes it, and exits. A CLI that timeout has sent two signals is left
// out: it kills the provider after two seconds.
func TestAuthorizationEphemeral_endsWithoutResponse(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, ending := range endings {
		if name == "timeout" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			create := hold(sim, http.MethodPost)
			w := newBinaryWorkspace(t, once(sim, "", "true"))
			g := w.startGroup("plan")
			create.wait(t)
			wantOpen(t, sim)
			ending.send(g)
			g.waitForCLI()
			g.waitForAll()
			none(t, sim)
		})
	}
}

// After SIGTERM to the process group the CLI waits for the provider, as after
// Ctrl-C: all that was created is in the state.
func TestAuthorizationResource_terminated(t *testing.T) {
	t.Parallel()
	sim := slowCreates(t)
	w := newBinaryWorkspace(t, sim.config(fmt.Sprintf(thirtyNotes, "fail")))
	g := w.startGroup("apply", "-auto-approve")
	<-sim.twelfth
	g.signal(syscall.SIGTERM)
	g.waitForInterrupt()
	close(sim.release)
	g.waitForCLI()
	g.waitForAll()
	if missing := sim.missing(w); missing != nil {
		t.Errorf("authorizations %v are not in the state", missing)
	}
}

// logTo has the CLI and the provider log into a file.
func (w *workspace) logTo(level string) {
	w.env = append(w.env, "TF_LOG="+level, "TF_LOG_PATH="+filepath.Join(w.dir, "log"))
}

// wantOpen fails unless the server has one authorization, that of the open token.
func wantOpen(t *testing.T, sim *instance) {
	t.Helper()
	if n := len(sim.Authorizations()); n != 1 {
		t.Errorf("the server has %d authorizations, want 1", n)
	}
}

// heldResponse is a response that a server does not send before it is released.
type heldResponse struct {
	held    chan struct{} // closed when the server has executed the request
	release func()
}

// hold has the server execute the first request with the method, and hold back the
// response until the test releases it or the provider stops waiting for it.
func hold(sim *instance, method string) *heldResponse {
	held, released := make(chan struct{}), make(chan struct{})
	var first sync.Once
	sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		if r.Method != method {
			return
		}
		first.Do(func() {
			close(held)
			select {
			case <-released:
			case <-r.Context().Done():
			}
		})
	})
	return &heldResponse{held: held, release: sync.OnceFunc(func() { close(released) })}
}

// wait waits until the server holds back the response.
func (h *heldResponse) wait(t *testing.T) {
	t.Helper()
	select {
	case <-h.held:
	case <-time.After(time.Minute):
		t.Fatal("the request does not arrive")
	}
}
