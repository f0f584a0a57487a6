package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

// tokenParameter is the parameter of a function for a token.
func tokenParameter() function.Parameter {
	return function.StringParameter{
		Name:                "token",
		MarkdownDescription: "Token, as the server showed it. A null or empty token is an error. The function does not trim it: remove the line break of a token from a file with `chomp(...)`.",
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
