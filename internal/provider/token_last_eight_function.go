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
		Summary: "A token's last eight characters, as the server gives them",
		MarkdownDescription: "Returns the last eight characters of a token, or all of one that has no more: what the server gives as `token_last_eight`. Nothing is asked of the server.\n\n" +
			"The result of a sensitive token is sensitive. The server shows these characters to the token's owner anyway, so `nonsensitive(...)` around the call does no harm to tokens that a server has made.",
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
