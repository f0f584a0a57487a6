package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var _ function.Function = (*scopesCoverFunction)(nil)

type scopesCoverFunction struct{}

func newScopesCoverFunction() function.Function { return &scopesCoverFunction{} }

func (f *scopesCoverFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "scopes_cover"
}

func (f *scopesCoverFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Whether scopes grant all that is needed",
		MarkdownDescription: "Returns whether the scopes in `have` grant all of those in `need`, by themselves or because they contain them, as `repo` contains `repo:status`. " +
			"All the parts of a scope do not make up that scope. Nothing is asked of the server.",
		Parameters: []function.Parameter{
			scopesParameter("have", "The scopes that there are. Null is the same as none; a null or an empty name among them is an error."),
			scopesParameter("need", "The scopes that are needed, likewise. Whatever there is covers none."),
		},
		Return: function.BoolReturn{},
	}
}

func (f *scopesCoverFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var have, need types.Set
	if resp.Error = req.Arguments.Get(ctx, &have, &need); resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, ghes.ScopesCover(elements(have), elements(need)))
}
