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
		Summary: "Whether scopes grant all required scopes",
		MarkdownDescription: "Returns `true` if the scopes in `have` grant all scopes in `need`, directly or through a wider scope: `repo` grants `repo:status`. " +
			"All narrower scopes together do not grant the wider one. The function sends no request.",
		Parameters: []function.Parameter{
			scopesParameter("have", "Available scopes. Null is treated as an empty set. A null or empty element is an error."),
			scopesParameter("need", "Required scopes. Null is treated as an empty set, for which the result is always `true`. A null or empty element is an error."),
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
