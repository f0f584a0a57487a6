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
		Summary: "Smallest set of scopes that grants the same access",
		MarkdownDescription: "Removes each scope that another scope implies, such as `repo:status` if `repo` is present. The remaining scopes grant the same access. " +
			"Scopes that GitHub Enterprise Server does not document are not changed. The function sends no request.",
		Parameters: []function.Parameter{
			scopesParameter("scopes", "Scopes. Null is treated as an empty set. A null or empty element is an error."),
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
