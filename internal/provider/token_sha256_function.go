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
		Summary: "SHA-256 of a token in hexadecimal",
		MarkdownDescription: "Returns the SHA-256 of a token in lower-case hexadecimal, as in `hashed_token` of the resources and data sources. The function sends no request.\n\n" +
			"If the token is sensitive, the result is sensitive. The hash does not reveal the token, and the server shows the hash to the user anyway, so you can wrap the call in `nonsensitive(...)`.",
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
