package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
)

// rotatingState is a ghes_rotating_authorization as the state and the private state have it.
type rotatingState struct {
	model    rotatingModel
	previous previousToken
	data     rotatingPrivateData
}

// loadRotatingState adds an error for a state with an invalid ID.
func loadRotatingState(ctx context.Context, from tfsdk.State, private privateState, diags *diag.Diagnostics) rotatingState {
	var s rotatingState
	diags.Append(s.model.get(ctx, from)...)
	s.previous = s.model.previous(ctx, diags)
	s.data = loadRotatingData(ctx, private, diags)
	if diags.HasError() {
		return s
	}
	if s.id() < 1 {
		diags.Append(invalidIDError(s.model.ID))
	}
	if !s.model.Previous.IsNull() && s.previous.ID.ValueInt64() < 1 {
		diags.Append(invalidIDError(s.previous.ID))
	}
	return s
}

func (s *rotatingState) save(ctx context.Context, to *tfsdk.State, private privateState, diags *diag.Diagnostics) {
	s.model.Previous = s.previous.object()
	diags.Append(to.Set(ctx, &s.model)...)
	s.data.save(ctx, private, diags)
}

// id returns the ID of the current token.
func (s *rotatingState) id() int64 { return s.model.ID.ValueInt64() }

// tokenIDs returns the IDs of the previous and the current token, as far as they exist.
func (s *rotatingState) tokenIDs() (ids []int64) {
	if s.hasPrevious() {
		ids = append(ids, s.previous.ID.ValueInt64())
	}
	if !s.data.IsDeleted {
		ids = append(ids, s.id())
	}
	return ids
}

func (s *rotatingState) hasPrevious() bool { return s.previous.ID.ValueInt64() != 0 }

// keeps reports whether the token with this ID stays valid, as the current or the previous one.
func (s *rotatingState) keeps(id int64) bool {
	return id == s.id() || id == s.previous.ID.ValueInt64()
}

// remove notes that the token with this ID does not exist any more.
func (s *rotatingState) remove(id int64) {
	if id == s.id() {
		s.data.IsDeleted = true
		return
	}
	s.previous, s.data.PreviousCreatedAt = previousToken{}, ""
}

// completeAfter completes an applied plan s of the state before.
func (s *rotatingState) completeAfter(before rotatingState, now time.Time) {
	s.data.RefreshedAt = time.Time{}
	s.data.PreviousCreatedAt = before.data.PreviousCreatedAt
	if s.previous.ID.Equal(before.model.ID) {
		s.data.PreviousCreatedAt = before.model.CreatedAt.ValueString()
	}
	if s.previous.RevokeAt.IsUnknown() {
		created := s.model.CreatedAt
		if created.IsNull() { // the response did not say
			created = timeOrNull(now)
		}
		s.previous.RevokeAt = daysAfter(created, s.model.OverlapDays)
	}
}

// currentDeletedWarning is for a current token that the server no longer has.
func (s *rotatingState) currentDeletedWarning() diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("Authorization %d was deleted outside of Terraform", s.id()), fmt.Sprintf(
		"The server has no authorization %d of this user, which had the current token: it was deleted outside of Terraform, and its token was revoked. The next apply creates a new token.", s.id()))
}

// notRotatedWarning is for a rotation that failed.
func (s *rotatingState) notRotatedWarning() diag.Diagnostic {
	stays := "There is no new token."
	if !s.data.IsDeleted {
		stays += fmt.Sprintf(" Authorization %d and its token stay as they are.", s.id())
	}
	return diag.NewWarningDiagnostic("The token was not rotated", stays+" The next apply tries again.")
}

// previousModel has what shows whether the ID of the previous token was reused.
func (s *rotatingState) previousModel() tokenModel {
	return tokenModel{ID: s.previous.ID, CreatedAt: stringOrNull(s.data.PreviousCreatedAt)}
}
