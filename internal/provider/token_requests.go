package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// readToken returns the authorization of state m. It returns nil if the server has none with that ID, and
// after it added an error to diags. owner is the account in the private state.
func (s *session) readToken(ctx context.Context, m *tokenModel, owner account, diags *diag.Diagnostics) *ghes.Authorization {
	a, err := s.RefreshAuthorization(ctx, m.ID.ValueInt64())
	switch {
	case errors.Is(err, ghes.ErrNotFound):
		if owner.differs(s.account) {
			diags.Append(notFoundInAccountError(m.ID.ValueInt64(), owner, s.account))
		}
		return nil
	case err != nil:
		diags.Append(apiErrors("read authorization", err)...)
		return nil
	case m.isIDReused(a):
		diags.Append(idReusedError(m, a, owner, s.account))
		return nil
	}
	return a
}

// updateToken changes the authorization of state m. It returns nil after it added an error to diags.
func (s *session) updateToken(ctx context.Context, m *tokenModel, update ghes.AuthorizationUpdate, diags *diag.Diagnostics) *ghes.Authorization {
	id := m.ID.ValueInt64()
	s.noteUpdate(id)
	a, err := s.UpdateAuthorization(ctx, id, update)
	switch {
	case err != nil:
		diags.Append(apiErrors("update authorization", err)...)
		return nil
	case m.isIDReused(a):
		diags.Append(updatedReusedIDError(m, a))
		return nil
	}
	return a
}

// revokeToken deletes authorization id, unless another resource of the run has adopted it. It returns false
// after it added an error to diags.
func (s *session) revokeToken(ctx context.Context, action string, id int64, diags *diag.Diagnostics) bool {
	if s.isClaimed(id) {
		diags.AddWarning(fmt.Sprintf("Authorization %d was not deleted", id), fmt.Sprintf(
			"This run adopted authorization %d into its replacement, or into another resource, so the provider did not revoke it. Its token stays valid. %s", id, newTokenAdvice))
		return true
	}
	if err := s.revoke(ctx, id); err != nil {
		diags.Append(apiErrors(action, err)...)
		return false
	}
	return true
}
