package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var _ function.Function = (*normalizeScopesFunction)(nil)

type normalizeScopesFunction struct{}

func newNormalizeScopesFunction() function.Function { return &normalizeScopesFunction{} }

func (f *normalizeScopesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "normalize_scopes"
}

func (f *normalizeScopesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The fewest scopes that grant the same",
		MarkdownDescription: "Returns the fewest scopes that grant the same: those that another one contains are left out, such as `repo:status` beside `repo`. " +
			"Names that GitHub Enterprise Server does not document stay as they are. Nothing is asked of the server.",
		Parameters: []function.Parameter{
			scopesParameter("scopes", "The scopes. Null is the same as none; a null or an empty name among them is an error."),
		},
		Return: function.SetReturn{ElementType: types.StringType},
	}
}

func (f *normalizeScopesFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var scopes types.Set
	if resp.Error = req.Arguments.Get(ctx, &scopes); resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, ghes.NormalizeScopes(elements(scopes)))
}
