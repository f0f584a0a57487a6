package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

// tokenParameter is the parameter of a function for a token.
func tokenParameter() function.Parameter {
	return function.StringParameter{
		Name:                "token",
		MarkdownDescription: "The token, as the server showed it. A null or an empty one is an error. Nothing is trimmed: `chomp(...)` takes the end of the line from what was read from a file.",
		Validators:          []function.StringParameterValidator{someToken{}},
	}
}

// someToken refuses the empty string: its hash looks valid and belongs to no token.
type someToken struct{}

func (someToken) ValidateParameterString(_ context.Context, req function.StringParameterValidatorRequest, resp *function.StringParameterValidatorResponse) {
	if req.Value.ValueString() == "" {
		resp.Error = function.NewArgumentFuncError(req.ArgumentPosition, "The token is empty")
	}
}
