package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// envTestProcess makes the test binary play one of testProcesses.
const envTestProcess = "TERRAFORM_PROVIDER_GHES_TEST_PROCESS"

// testProcesses are the processes that the tests start. A CLI is not needed.
var testProcesses = map[string]func(){
	"parent":   parentProcess,
	"watcher":  watcherProcess,
	"hanging":  hangingProcess,
	"provider": main,
	"orphan":   orphanProcess,
}

func TestMain(m *testing.M) {
	if process, ok := testProcesses[os.Getenv(envTestProcess)]; ok {
		time.AfterFunc(3*time.Minute, func() { os.Exit(1) }) // so that no failed test leaves one running
		process()
		return
	}
	os.Exit(m.Run())
}

// parentProcess starts the process that its first argument names, with the other
// arguments, and exits when its stdin is closed.
func parentProcess() {
	child := exec.CommandContext(context.Background(), os.Args[0], os.Args[2:]...)
	child.Env = append(os.Environ(), envTestProcess+"="+os.Args[1])
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		fmt.Println(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Println("parent exits")
}

// watcherProcess watches its parent.
func watcherProcess() {
	exited := watchParent(os.Getppid(), time.Minute)
	fmt.Println("child runs")
	<-exited
	fmt.Println("child knows")
}

// hangingProcess watches its parent, but does not exit by itself.
func hangingProcess() {
	watchParent(os.Getppid(), 100*time.Millisecond)
	fmt.Println("child runs")
	time.Sleep(time.Hour)
}

// orphanProcess is a provider whose parent exits before main is called.
func orphanProcess() {
	parent := os.Getppid()
	fmt.Fprintln(os.Stderr, "child runs")
	for os.Getppid() == parent {
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Fprintln(os.Stderr, "parent is", os.Getppid())
	main()
}

// family is a parent process and its child.
type family struct {
	t      *testing.T
	stop   func()        // lets the parent exit
	output <-chan string // lines of both processes, closed when both have exited
}

// startFamily starts a parent that starts a child with these arguments. If broken
// is set, nobody reads their stdout, and output has the lines of stderr.
func startFamily(t *testing.T, broken bool, child ...string) *family {
	t.Helper()
	parent := exec.CommandContext(t.Context(), os.Args[0], child...)
	parent.Env = append(os.Environ(), envTestProcess+"=parent",
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	stdin, err := parent.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	parent.Stdout = writer
	if broken {
		closed, unread, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		_ = closed.Close()
		defer unread.Close()
		parent.Stdout, parent.Stderr = unread, writer
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	t.Cleanup(func() { _ = parent.Wait(); _ = reader.Close() })
	output := make(chan string, 100)
	go func() {
		defer close(output)
		for lines := bufio.NewScanner(reader); lines.Scan(); {
			output <- lines.Text()
		}
	}()
	return &family{t: t, stop: func() { _ = stdin.Close() }, output: output}
}

// wait waits for a line with the text, and returns it.
func (f *family) wait(text string) string {
	f.t.Helper()
	deadline := time.After(time.Minute)
	for {
		select {
		case line, ok := <-f.output:
			if !ok {
				f.t.Fatalf("no line contains %q", text)
			}
			if strings.Contains(line, text) {
				return line
			}
		case <-deadline:
			f.t.Fatalf("no line contains %q after a minute", text)
		}
	}
}

// waitForExit waits until both processes have exited, and returns the lines that
// they wrote meanwhile.
func (f *family) waitForExit() []string {
	f.t.Helper()
	var lines []string
	deadline := time.After(time.Minute)
	for {
		select {
		case line, ok := <-f.output:
			if !ok {
				return lines
			}
			lines = append(lines, line)
		case <-deadline:
			f.t.Fatal("the child is still running after a minute")
		}
	}
}

// A process learns that its parent has exited, and not before.
func TestWatchParent(t *testing.T) {
	t.Parallel()
	f := startFamily(t, false, "watcher")
	f.wait("child runs")
	time.Sleep(2 * time.Second) // longer than the interval between two looks
	f.stop()
	if got := strings.Join(f.waitForExit(), ", "); got != "parent exits, child knows" {
		t.Errorf("the processes say %q", got)
	}
}

// A process that hangs exits some time after its parent.
func TestWatchParent_hanging(t *testing.T) {
	t.Parallel()
	f := startFamily(t, false, "hanging")
	f.wait("child runs")
	f.stop()
	f.waitForExit()
}

// A provider exits after the process that started it.
func TestMain_orphaned(t *testing.T) {
	t.Parallel()
	f := startFamily(t, false, "provider")
	f.wait("|grpc|") // the line that tells a CLI where to connect
	f.stop()
	f.waitForExit()
}
