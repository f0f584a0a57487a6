package samples

// An answer that is lost leaves a token behind.
const lost = "The answer is lost"

var number = 7 // of the answer

var errs = []string{
	"Authorization was made, but the run failed",
	"Authorization " + lost + " is no longer there: it is gone",
	"The first line is fine.\n\nThe second answer is not.",
}

// One answer is in the first line of a comment, and
// another answer is in the second one.
