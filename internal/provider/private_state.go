package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// privateState is what the CLI keeps beside a resource's state and shows nobody.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// loadPrivate returns what storePrivate stored, zero where there is nothing.
func loadPrivate[T any](ctx context.Context, private privateState, key string, diags *diag.Diagnostics) (value T, err error) {
	content, d := private.GetKey(ctx, key)
	diags.Append(d...)
	if len(content) == 0 {
		return value, nil
	}
	err = json.Unmarshal(content, &value)
	return value, err
}

// storePrivate stores a value as JSON, the only form that the CLI keeps.
func storePrivate(ctx context.Context, private privateState, key string, value any, diags *diag.Diagnostics) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	diags.Append(private.SetKey(ctx, key, content)...)
	return nil
}
