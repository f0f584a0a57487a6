package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// privateState is the data that the CLI stores with a resource's state and does not
// show to users.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// getPrivateJSON returns the value that setPrivateJSON stored under the key, or the
// zero value if there is none.
func getPrivateJSON[T any](ctx context.Context, private privateState, key string, diags *diag.Diagnostics) (value T, err error) {
	content, d := private.GetKey(ctx, key)
	diags.Append(d...)
	if len(content) == 0 {
		return value, nil
	}
	err = json.Unmarshal(content, &value)
	return value, err
}

// setPrivateJSON stores a value as JSON, the only format that the CLI accepts.
func setPrivateJSON(ctx context.Context, private privateState, key string, value any, diags *diag.Diagnostics) {
	content, err := json.Marshal(value)
	if err != nil {
		diags.AddError("Unable to write the private state", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, key, content)...)
}
