package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

var _ function.Function = (*tokenSHA256Function)(nil)

type tokenSHA256Function struct{}

func newTokenSHA256Function() function.Function { return &tokenSHA256Function{} }

func (f *tokenSHA256Function) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "token_sha256"
}

func (f *tokenSHA256Function) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "A token's SHA-256, as the server gives it",
		MarkdownDescription: "Returns the SHA-256 of a token in hexadecimal, in lower case: what the server gives as `hashed_token`. Nothing is asked of the server.\n\n" +
			"The result of a sensitive token is sensitive. The hash tells nobody the token, and the server shows it to its owner anyway, so `nonsensitive(...)` around the call does no harm.",
		Parameters: []function.Parameter{tokenParameter()},
		Return:     function.StringReturn{},
	}
}

func (f *tokenSHA256Function) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var token string
	if resp.Error = req.Arguments.Get(ctx, &token); resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, sha256Hex(token))
}
