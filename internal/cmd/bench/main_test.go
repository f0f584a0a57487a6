package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMain lets the CLI start this program instead of the provider, as it does with
// the real bench.
func TestMain(m *testing.M) {
	if provider := os.Getenv(envProvider); provider != "" {
		os.Exit(standIn(provider, os.Getenv(envUsage)))
	}
	os.Exit(m.Run())
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	o := options{sizes: []int{8}, repeat: 2}
	var progress bytes.Buffer
	r, err := measure(t.Context(), &progress, testCLI(t), o)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	if got, want := len(r.samples), 14; got != want {
		t.Errorf("%d commands were measured, want %d", got, want)
	}
	checkUsage(t, r)
	checkTraffic(t, r)
}

// testCLI returns the CLI to test with.
func testCLI(t *testing.T) string {
	t.Helper()
	if cli := os.Getenv("TF_ACC_TERRAFORM_PATH"); cli != "" {
		return cli
	}
	cli, err := exec.LookPath("terraform")
	if err != nil {
		t.Fatal("no CLI to test with: set TF_ACC_TERRAFORM_PATH, or put terraform on PATH")
	}
	return cli
}

// checkUsage wants each command to have taken time, CPU and memory.
func checkUsage(t *testing.T, r *results) {
	t.Helper()
	for c, s := range r.samples {
		if s.wall <= 0 || s.cpu <= 0 || s.peak <= 0 {
			t.Errorf("%+v took %v, %+v", c, s.wall, s.usage)
		}
		if c.latency == far && s.wall < far {
			t.Errorf("%+v took no more than %v", c, s.wall)
		}
	}
}

// checkTraffic wants the commands to have sent so many requests of each kind.
func checkTraffic(t *testing.T, r *results) {
	t.Helper()
	for c, want := range map[command]traffic{
		{n: 8, line: apply}:                     {writes: 8},
		{n: 8, line: plan}:                      {lists: 1, byID: 2},
		{n: 8, line: plan, byID: true}:          {byID: 8},
		{n: 8, line: planOnly}:                  {},
		{n: 8, line: update}:                    {lists: 1, byID: 2, writes: 8},
		{n: 8, line: destroy, latency: far}:     {lists: 1, byID: 2, writes: 8},
		{n: 8, line: refreshOnly, latency: far}: {lists: 1, byID: 2},
	} {
		if got := r.samples[c].traffic; got != want {
			t.Errorf("%+v sent %+v, want %+v", c, got, want)
		}
	}
}

func TestStart_usage(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`unexpected argument "now"`: {"-quick", "now"},
		"executable file not found": {"-cli", "no-such-cli"},
	} {
		if err := start(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", args, err, want)
		}
	}
}
