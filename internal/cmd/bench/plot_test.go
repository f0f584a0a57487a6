package main

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestResults_plot(t *testing.T) {
	t.Parallel()
	got := made().plot()
	decoder := xml.NewDecoder(strings.NewReader(got))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v\n%s", err, got)
		}
	}
	// 14.7 and 29.4 s, of 0 to 30; 1,000 and 2,000 requests, of 1 to 10,000.
	for _, want := range []string{
		`d="M230.0 227.3L390.0 114.6" fill="none" stroke-width="2.5" stroke="#c2410c"`,
		`d="M640.0 167.5L800.0 150.2" fill="none" stroke-width="2.5" stroke="#c2410c"`,
		">30</text>", ">10,000</text>", ">2,000</text>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the plot lacks %s:\n%s", want, got)
		}
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	for most, want := range map[float64][]float64{
		0.5: {0, 0.1, 0.2, 0.3, 0.4, 0.5},
		1:   {0, 0.2, 0.4, 0.6, 0.8, 1},
		1.1: {0, 0.5, 1, 1.5},
		5:   {0, 1, 2, 3, 4, 5},
		9.9: {0, 2, 4, 6, 8, 10},
		31:  {0, 10, 20, 30, 40},
		260: {0, 100, 200, 300},
	} {
		if got := steps(most); !slices.EqualFunc(got, want, func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }) {
			t.Errorf("steps(%g) = %v, want %v", most, got, want)
		}
	}
}

func TestDecades(t *testing.T) {
	t.Parallel()
	for most, want := range map[float64][]float64{1: {1, 10}, 10: {1, 10}, 11: {1, 10, 100}, 2000: {1, 10, 100, 1000, 10_000}} {
		if got := decades(most); !slices.Equal(got, want) {
			t.Errorf("decades(%g) = %v, want %v", most, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 0.6: "0.6", 15: "15", 1000: "1,000", 10_050: "10,050"} {
		if got := number(v); got != want {
			t.Errorf("number(%g) = %s, want %s", v, got, want)
		}
	}
}
