package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// scopesParameter is the parameter of a function for scopes. Null means none, as in
// resources.
func scopesParameter(name, description string) function.Parameter {
	return function.SetParameter{
		Name:                name,
		MarkdownDescription: description,
		ElementType:         types.StringType,
		AllowNullValue:      true,
		Validators:          []function.SetParameterValidator{namedScopes{}},
	}
}

// namedScopes refuses null and empty scopes. It accepts all others, because servers
// store any name.
type namedScopes struct{}

func (namedScopes) ValidateParameterSet(_ context.Context, req function.SetParameterValidatorRequest, resp *function.SetParameterValidatorResponse) {
	names := elements(req.Value)
	if len(names) < len(req.Value.Elements()) || slices.Contains(names, "") {
		resp.Error = function.NewArgumentFuncError(req.ArgumentPosition, "A scope is null or empty. Remove it: compact() removes such values from a list")
	}
}
