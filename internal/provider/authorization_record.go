package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// authorizationRecord is what the private state of an authorization has. It is
// in clear in the state file, so there is no secret in it.
type authorizationRecord struct {
	// It is this user's on this server.
	owner
	// TokenSHA256 is the hash, in hexadecimal, of a token that was made and is
	// not in the state; "" for others.
	TokenSHA256 string `json:"token_sha256,omitempty"`
}

const recordKey = "authorization"

// recordIn returns the record, which is zero where there is none.
func recordIn(ctx context.Context, private privateState, diags *diag.Diagnostics) authorizationRecord {
	record, err := loadPrivate[authorizationRecord](ctx, private, recordKey, diags)
	if err != nil {
		diags.AddError("Unable to read the private state", "The record of the authorization: "+err.Error())
	}
	return record
}

func (r authorizationRecord) save(ctx context.Context, private privateState, diags *diag.Diagnostics) {
	if err := storePrivate(ctx, private, recordKey, r, diags); err != nil {
		diags.AddError("Unable to write the private state", err.Error())
	}
}
