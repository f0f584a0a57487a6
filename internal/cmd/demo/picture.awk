# Draws what the demo prints as an animated SVG, for README: one step at a time, for as long as it takes to read it.
# It looks like a dark terminal, on any page. A viewer that plays nothing shows the first step.
BEGIN {
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"940\" height=\"360\" font-family=\"monospace\" font-size=\"14\" fill=\"#e6edf3\">"
	print "<title>make demo, step by step</title>"
	print "<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#0d1117\"/>"
	begin = "0; last.end"
	poster = "<set attributeName=\"visibility\" to=\"hidden\" begin=\"step1.end\" end=\"last.end\"/>\n"
	step = "<text x=\"16\" y=\"28\">$ make demo</text>\n"
	lines = 2
}

function show(id) {
	printf "<g visibility=\"%s\">\n<set id=\"%s\" attributeName=\"visibility\" to=\"visible\" begin=\"%s\" dur=\"%dms\"/>\n%s%s</g>\n",
		poster ? "visible" : "hidden", id, begin, 1500 + lines * 250, poster, step
	poster = ""
	begin = id ".end"
	step = ""
	lines = 0
}

/^==/ { show("step" ++steps) }

{
	sub(/127\.0\.0\.1:[0-9]+/, "127.0.0.1:8080") # differs in each run
	gsub(/&/, "\\&amp;")
	gsub(/</, "\\&lt;")
	color = /^==/ ? " fill=\"#79c0ff\" font-weight=\"bold\"" : /^  ok:/ ? " fill=\"#56d364\"" : /^ +Warning:/ ? " fill=\"#e3b341\"" : ""
	step = step sprintf("<text x=\"16\" y=\"%d\" xml:space=\"preserve\"%s>%s</text>\n", 28 + 20 * lines++, color, $0)
}

END {
	show("last")
	print "</svg>"
}
