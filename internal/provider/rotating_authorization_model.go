package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// rotatingModel is a ghes_rotating_authorization. Its tokenModel is that of the current token.
type rotatingModel struct {
	tokenModel
	RotateAfterDays types.Float64 `tfsdk:"rotate_after_days"`
	OverlapDays     types.Float64 `tfsdk:"overlap_days"`
	RotateAt        types.String  `tfsdk:"rotate_at"`
	Previous        types.Object  `tfsdk:"previous"`
}

// previousToken is the token before the current one, while it is valid. The zero value means that there is none.
type previousToken struct {
	ID             types.Int64  `tfsdk:"id"`
	TokenLastEight types.String `tfsdk:"token_last_eight"`
	RevokeAt       types.String `tfsdk:"revoke_at"`
}

var previousTypes = map[string]attr.Type{
	"id":               types.Int64Type,
	"token_last_eight": types.StringType,
	"revoke_at":        types.StringType,
}

func (m *rotatingModel) get(ctx context.Context, from attributeSource) diag.Diagnostics {
	return readModel(ctx, from, m)
}

// previous returns the previous token, and the zero value if there is none.
func (m *rotatingModel) previous(ctx context.Context, diags *diag.Diagnostics) (p previousToken) {
	if isKnown(m.Previous) {
		diags.Append(m.Previous.As(ctx, &p, basetypes.ObjectAsOptions{})...)
	}
	return p
}

func (p previousToken) exists() bool { return p.ID.ValueInt64() != 0 }

func (p previousToken) object() types.Object {
	if !p.exists() {
		return types.ObjectNull(previousTypes)
	}
	return types.ObjectValueMust(previousTypes, map[string]attr.Value{"id": p.ID, "token_last_eight": p.TokenLastEight, "revoke_at": p.RevokeAt})
}

// validateDays checks that the overlap ends before the next rotation. Otherwise a rotation would
// revoke the previous token before its overlap ends.
func (m *rotatingModel) validateDays(diags *diag.Diagnostics) {
	overlap := m.OverlapDays.ValueFloat64()
	if m.OverlapDays.IsNull() {
		overlap = defaultOverlapDays
	}
	if isKnown(m.RotateAfterDays) && !m.OverlapDays.IsUnknown() && overlap >= m.RotateAfterDays.ValueFloat64() {
		diags.AddAttributeError(path.Root("overlap_days"), "Invalid overlap_days",
			fmt.Sprintf("The overlap has to end before the next rotation. Set overlap_days, whose default is %d, to less than rotate_after_days.", defaultOverlapDays))
	}
}

// request returns the body of the request that creates the planned token.
func (m *rotatingModel) request() ghes.AuthorizationRequest {
	return ghes.AuthorizationRequest{Scopes: elements(m.Scopes), Note: m.Note.ValueString(), NoteURL: m.NoteURL.ValueString(), Unique: true}
}

// daysAfter returns the time that is the given number of days after t. It is unknown if one of them is, and null
// if one of them is null or t is not a time.
func daysAfter(t types.String, days types.Float64) types.String {
	start, err := time.Parse(time.RFC3339, t.ValueString())
	switch {
	case t.IsUnknown() || days.IsUnknown():
		return types.StringUnknown()
	case err != nil || days.IsNull():
		return types.StringNull()
	}
	return timeOrNull(start.Add(time.Duration(days.ValueFloat64() * float64(24*time.Hour))).UTC().Truncate(time.Second))
}

// hasPassed reports whether the time in state or plan is not after now.
func hasPassed(t types.String, now time.Time) bool {
	at, err := time.Parse(time.RFC3339, t.ValueString())
	return err == nil && !now.Before(at)
}

// rotatingPrivateData is what the provider keeps in the private state of a
// ghes_rotating_authorization. Its privateData is about the current token.
type rotatingPrivateData struct {
	privateData
	// IsDeleted says that the current token does not exist on the server.
	IsDeleted bool `json:"is_deleted,omitempty"`
	// PreviousID is the ID of the previous token. It is for the second plan call of a replacement, which has no state.
	PreviousID int64 `json:"previous_id,omitempty"`
	// PreviousCreatedAt is created_at of the previous token. It shows whether the server has given the
	// ID to another authorization.
	PreviousCreatedAt string `json:"previous_created_at,omitempty"`
	// DueCheckedAt is the time of a refresh that found that something may be due. Either a time in the state
	// has passed, or the state has no rotate_at yet, as after an import. Otherwise it is zero, because the
	// state must not change with each refresh.
	DueCheckedAt time.Time `json:"due_checked_at,omitzero"`
}

// isDue reports whether a refresh has found that t has passed. An apply does not refresh again, so it does
// what its plan showed.
func (d rotatingPrivateData) isDue(t types.String) bool {
	return !d.DueCheckedAt.IsZero() && hasPassed(t, d.DueCheckedAt)
}
