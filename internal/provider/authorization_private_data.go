package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// privateData is what the provider keeps in the private state of an authorization.
// The state file holds it unencrypted, so it contains no secret.
type privateData struct {
	// account is the account that the authorization was last read or created in.
	account
	// ID is the ID of the authorization. When Terraform plans a replacement, it gives the
	// provider the private state of the authorization that is replaced, but not its state.
	ID int64 `json:"id,omitempty"`
	// IsReplaced says that the provider planned the replacement itself and has given all
	// warnings about it. It is only in planned private state.
	IsReplaced bool `json:"is_replaced,omitempty"`
	// TokenSHA256 is the hexadecimal hash of a token that this resource created and
	// that the state does not hold. It is "" for every other token.
	TokenSHA256 string `json:"token_sha256,omitempty"`
}

// privateDataKey is the key of the data in the private state.
const privateDataKey = "authorization"

// loadPrivate returns the private data of an authorization, which are privateData or have them embedded. It
// returns the zero value if the private state has no data.
func loadPrivate[T any](ctx context.Context, private privateState, diags *diag.Diagnostics) T {
	data, err := getPrivateJSON[T](ctx, private, privateDataKey, diags)
	if err != nil {
		diags.AddError("Unable to read the private state", "The data of the authorization is not valid: "+err.Error())
	}
	return data
}

func savePrivate(ctx context.Context, private privateState, data any, diags *diag.Diagnostics) {
	setPrivateJSON(ctx, private, privateDataKey, data, diags)
}
