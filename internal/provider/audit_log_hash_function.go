package provider

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

var _ function.Function = (*auditLogHashFunction)(nil)

type auditLogHashFunction struct{}

func newAuditLogHashFunction() function.Function { return &auditLogHashFunction{} }

func (f *auditLogHashFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "audit_log_hash"
}

func (f *auditLogHashFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Hash of a token in the format of the audit log",
		MarkdownDescription: "Converts the hash in `hashed_token` from hexadecimal to base64, the format of the audit log. The search `hashed_token:\"HASH\"` in the audit log of the server finds the events of the token. " +
			"The function sends no request.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "hashed_token",
			MarkdownDescription: "SHA-256 of a token in hexadecimal: `hashed_token` of a resource or a data source, or the result of `token_sha256`.",
		}},
		Return: function.StringReturn{},
	}
}

func (f *auditLogHashFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var hashedToken string
	if resp.Error = req.Arguments.Get(ctx, &hashedToken); resp.Error != nil {
		return
	}
	hash, err := hex.DecodeString(hashedToken)
	if err != nil || len(hash) != sha256.Size {
		resp.Error = function.NewArgumentFuncError(0, "The value is not a SHA-256 in hexadecimal, which has 64 digits. Pass hashed_token, or token_sha256(token)")
		return
	}
	resp.Error = resp.Result.Set(ctx, base64.StdEncoding.EncodeToString(hash))
}
