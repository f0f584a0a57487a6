package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

var _ function.Function = (*tokenLastEightFunction)(nil)

type tokenLastEightFunction struct{}

func newTokenLastEightFunction() function.Function { return &tokenLastEightFunction{} }

func (f *tokenLastEightFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "token_last_eight"
}

func (f *tokenLastEightFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Last eight characters of a token",
		MarkdownDescription: "Returns the last eight characters of a token, as in `token_last_eight` of the resources and data sources. A shorter token is returned whole. The function sends no request.\n\n" +
			"If the token is sensitive, the result is sensitive. The server shows these characters of its tokens to the user anyway, so for such a token you can wrap the call in `nonsensitive(...)`.",
		Parameters: []function.Parameter{tokenParameter()},
		Return:     function.StringReturn{},
	}
}

func (f *tokenLastEightFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var token string
	if resp.Error = req.Arguments.Get(ctx, &token); resp.Error != nil {
		return
	}
	characters := []rune(token)
	resp.Error = resp.Result.Set(ctx, string(characters[max(0, len(characters)-8):]))
}
