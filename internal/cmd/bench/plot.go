package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Of the picture, in pixels. Each panel leaves room for its title and its axes.
const (
	plotWidth, plotHeight   = 840, 400
	panelWidth, panelHeight = 320, 230
	panelTop                = 110
)

// series is one line of the plot.
type series struct {
	name, style string
	command     command // for any number of authorizations
}

// allSeries are the lines of the plot. The colours can be told apart by all who see colours, and
// the dashes by the others.
var allSeries = [...]series{
	{"by number, 100 ms an answer", `stroke="#c2410c"`, command{line: plan, latency: far, byNumber: true}},
	{"from lists, 100 ms an answer", `stroke="#1d4ed8"`, command{line: plan, latency: far}},
	{"from lists, 0 ms an answer", `stroke="#6b7280" stroke-dasharray="6 5"`, command{line: plan}},
}

// panel is a diagram of what plans take, by the number of authorizations.
type panel struct {
	left   float64
	title  string
	series []series
	value  func(sample) float64
	ticks  []float64               // of the vertical axis, from its lower to its upper end
	scale  func(v float64) float64 // of that axis
}

// plot draws, as SVG, how long plans take and what they send. It brings its own
// background, for pages of any colour.
func (r *results) plot() string {
	wall := panel{left: 70, title: "Time of a plan, in seconds", series: allSeries[:], scale: linear,
		value: func(s sample) float64 { return s.wall.Seconds() }}
	requests := panel{left: 480, title: "Requests of a plan (logarithmic)", series: allSeries[:2], scale: math.Log10,
		value: func(s sample) float64 { return float64(s.total()) }}
	wall.ticks = steps(r.most(wall))
	requests.ticks = decades(r.most(requests))

	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13" fill="#1f2937">
<title>What a plan takes, by the number of authorizations</title>
<rect x="0.5" y="0.5" width="%[3]d" height="%[4]d" rx="8" fill="#ffffff" stroke="#d1d5db"/>
`, plotWidth, plotHeight, plotWidth-1, plotHeight-1)
	for i, s := range allSeries {
		x := 50 + 255*i
		fmt.Fprintf(&svg, `<path d="M%d 38h34" fill="none" stroke-width="2.5" %s/><text x="%d" y="42">%s</text>`+"\n", x, s.style, x+42, s.name)
	}
	r.draw(&svg, wall)
	r.draw(&svg, requests)
	svg.WriteString("</svg>\n")
	return svg.String()
}

// draw draws one panel.
func (r *results) draw(svg *strings.Builder, p panel) {
	most := r.sizes[len(r.sizes)-1]
	low, high := p.scale(p.ticks[0]), p.scale(p.ticks[len(p.ticks)-1])
	x := func(n int) float64 { return p.left + panelWidth*float64(n)/float64(most) }
	y := func(v float64) float64 { return panelTop + panelHeight*(high-p.scale(v))/(high-low) }

	fmt.Fprintf(svg, `<text x="%.0f" y="%d" font-size="15" font-weight="600">%s</text>`+"\n", p.left, panelTop-24, p.title)
	for _, tick := range p.ticks {
		fmt.Fprintf(svg, `<path d="M%.1f %.1fh%d" stroke="#e5e7eb"/><text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n",
			p.left, y(tick), panelWidth, p.left-8, y(tick)+4, number(tick))
	}
	const bottom = panelTop + panelHeight
	fmt.Fprintf(svg, `<path d="M%.1f %dh%d" stroke="#6b7280"/>`+"\n", p.left, bottom, panelWidth)
	for _, n := range r.sizes {
		fmt.Fprintf(svg, `<path d="M%.1f %dv5" stroke="#6b7280"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			x(n), bottom, x(n), bottom+19, number(float64(n)))
	}
	fmt.Fprintf(svg, `<text x="%.1f" y="%d" text-anchor="middle">authorizations</text>`+"\n", p.left+panelWidth/2, bottom+40)
	for _, s := range slices.Backward(p.series) { // the first on top
		var line, marks strings.Builder
		for _, n := range r.sizes {
			at := fmt.Sprintf("%.1f %.1f", x(n), y(p.value(r.samples[s.at(n)])))
			fmt.Fprintf(&line, "L%s", at)
			fmt.Fprintf(&marks, "M%sh0", at)
		}
		fmt.Fprintf(svg, `<path d="M%s" fill="none" stroke-width="2.5" %s/>`, line.String()[1:], s.style)
		colour, _, _ := strings.Cut(s.style, " ")
		fmt.Fprintf(svg, `<path d="%s" stroke-width="8" stroke-linecap="round" %s/>`+"\n", marks.String(), colour)
	}
}

// at returns the command for n authorizations.
func (s series) at(n int) command {
	c := s.command
	c.n = n
	return c
}

// most returns the greatest value of a panel.
func (r *results) most(p panel) float64 {
	var values []float64
	for _, s := range p.series {
		for _, n := range r.sizes {
			values = append(values, p.value(r.samples[s.at(n)]))
		}
	}
	return slices.Max(values)
}

func linear(v float64) float64 { return v }

// steps are ticks from 0 to most or more: at most six, a round number apart.
func steps(most float64) []float64 {
	const intervals = 5
	power := math.Pow10(int(math.Floor(math.Log10(most / intervals))))
	step := power
	for _, factor := range []float64{2, 5, 10} {
		if step*intervals < most {
			step = power * factor
		}
	}
	ticks := []float64{0}
	for last := 0.0; last < most; {
		last = float64(len(ticks)) * step
		ticks = append(ticks, last)
	}
	return ticks
}

// decades are ticks at the powers of ten from 1 to most or more.
func decades(most float64) []float64 {
	ticks := []float64{1, 10}
	for ticks[len(ticks)-1] < most {
		ticks = append(ticks, 10*ticks[len(ticks)-1])
	}
	return ticks
}

// number writes thousands as people do.
func number(v float64) string {
	if v < 1000 {
		return fmt.Sprintf("%g", v)
	}
	return fmt.Sprintf("%d,%03d", int(v)/1000, int(v)%1000)
}
