package provider

import (
	"context"
	"encoding/json"

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
	var record authorizationRecord
	content, d := private.GetKey(ctx, recordKey)
	diags.Append(d...)
	if len(content) == 0 {
		return record
	}
	if err := json.Unmarshal(content, &record); err != nil {
		diags.AddError("Unable to read the private state", "The record of the authorization: "+err.Error())
	}
	return record
}

func (r authorizationRecord) save(ctx context.Context, private privateState, diags *diag.Diagnostics) {
	content, err := json.Marshal(r)
	if err != nil {
		diags.AddError("Unable to write the private state", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, recordKey, content)...)
}
