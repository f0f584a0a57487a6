package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
	"github.com/ghes-tools/terraform-provider-ghes/internal/tokencrypt"
)

// createFunc is a function that returns the authorization that m plans: a new one with
// its token, or an existing one to adopt. It returns nil after it added an error to diags.
type createFunc func(ctx context.Context, s *session, m *authorizationModel, request ghes.AuthorizationRequest, diags *diag.Diagnostics) (a *ghes.Authorization, created bool)

// createAuthorization is the Create method of both authorization resources, which differ
// in their createFunc.
func createAuthorization(ctx context.Context, s *session, create createFunc, req resource.CreateRequest, resp *resource.CreateResponse) {
	s.ledger.stopChecks()
	var model, config authorizationModel
	resp.Diagnostics.Append(model.get(ctx, req.Plan)...)
	resp.Diagnostics.Append(config.get(ctx, req.Config)...)
	encrypt := s.prepareToken(ctx, &model.tokenModel, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	isUnique := model.createNote()
	request := model.request(config.ClientSecretWO)
	request.Unique = isUnique
	key, _ := model.naturalKey()
	if existing := s.existing.remembered(key); existing != nil {
		spell(&request, existing)
	}
	defer s.startCreate(key)()
	a, created := create(ctx, s, &model, request, &resp.Diagnostics)
	switch {
	case a != nil && created:
		s.claim(a.ID)
	case a != nil:
		a = adoptExisting(ctx, s, &model, a, &resp.Diagnostics)
	}
	if a == nil {
		return
	}
	// The response holds the only copy of the token, so nothing from here on may
	// return before the state is set.
	model.setComputed(a)
	data := model.setToken(a.Token, encrypt, replaceAdvice, &s.tokens, &resp.Diagnostics)
	data.account, data.ID = s.account, a.ID
	model.warnUnlessStored(a, nil, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, model.ID, s.account)...)
	savePrivate(ctx, resp.Private, data, &resp.Diagnostics)
}

// prepareToken returns the function that encrypts the token that m plans. It adds an error if the
// token could not be kept, before there is one.
func (s *session) prepareToken(ctx context.Context, m *tokenModel, diags *diag.Diagnostics) tokencrypt.Encrypter {
	if !m.storesToken() && s.tokens.isFull() {
		diags.AddError("Unable to create authorization", fmt.Sprintf(
			"This apply has created %d tokens that are not stored, which is the limit of one apply. Nothing was sent. Run terraform apply again to create the remaining ones.", maxTokens))
	}
	return m.encrypter(ctx, s.now(), diags)
}

// createByPost creates a personal access token or an app's token with POST. To
// adopt an app's token it uses getOrCreateByPut, which needs one request whether
// the token exists or not.
func createByPost(ctx context.Context, s *session, m *authorizationModel, request ghes.AuthorizationRequest, diags *diag.Diagnostics) (*ghes.Authorization, bool) {
	policy := cmp.Or(m.OnExisting.ValueString(), onExistingFail)
	if policy == onExistingAdopt && request.ClientID != "" {
		return getOrCreateByPut(ctx, s, m, request, diags)
	}
	if policy == onExistingFail && !request.Unique && !isASCII(request.Note+request.Fingerprint) {
		// The server compares bytes, so it does not see another spelling of the same text.
		if existing, _ := s.findConflict(ctx, request); existing != nil {
			diags.Append(s.alreadyExistsError("ghes_authorization", m, existing, nil))
			return nil, false
		}
	}
	a, err := s.CreateAuthorization(ctx, request)
	if !errors.Is(err, ghes.ErrAlreadyExists) {
		return a, checkCreated(a, err, 0, diags)
	}
	existing, findErr := s.findConflict(ctx, request)
	if existing == nil {
		diags.Append(apiErrors("create authorization", cmp.Or(findErr, err))...)
		return nil, false
	}
	switch policy {
	case onExistingAdopt:
		return existing, false
	case onExistingReplace:
		if !revokeExisting(ctx, s, existing, diags) {
			return nil, false
		}
		a, err = s.CreateAuthorization(ctx, request)
		return a, checkCreated(a, err, existing.ID, diags)
	}
	diags.Append(s.alreadyExistsError("ghes_authorization", m, existing, err))
	return nil, false
}

// getOrCreateByPut gets or creates the app's token for m's fingerprint, or the one
// without a fingerprint if m has none.
func getOrCreateByPut(ctx context.Context, s *session, m *authorizationModel, request ghes.AuthorizationRequest, diags *diag.Diagnostics) (*ghes.Authorization, bool) {
	a, created, err := s.GetOrCreateAuthorization(ctx, request)
	if err != nil || created {
		return a, checkCreated(a, err, 0, diags)
	}
	switch cmp.Or(m.OnExisting.ValueString(), onExistingAdopt) {
	case onExistingAdopt:
		return a, false
	case onExistingReplace:
		if !revokeExisting(ctx, s, a, diags) {
			return nil, false
		}
		revoked := a.ID
		if a, created, err = s.GetOrCreateAuthorization(ctx, request); err == nil && !created {
			a, err = nil, fmt.Errorf("another client created authorization %d for the same app and fingerprint at the same time. Stop the other client, or set on_existing to \"adopt\"", a.ID)
		}
		return a, checkCreated(a, err, revoked, diags)
	}
	diags.Append(s.alreadyExistsError("ghes_authorization_fingerprint", m, a, nil))
	return nil, false
}

// checkCreated reports whether a was created. It warns of an unexpected response, and says
// that authorization revoked was deleted for it; revoked is 0 if none was.
func checkCreated(a *ghes.Authorization, err error, revoked int64, diags *diag.Diagnostics) bool {
	if a == nil {
		diags.Append(apiErrors("create authorization", err)...)
		if revoked != 0 {
			diags.AddError(fmt.Sprintf("Authorization %d was revoked", revoked), fmt.Sprintf(
				"Because of on_existing = \"replace\", the provider revoked authorization %d, and then could not create a new one. Its token is no longer valid. Run terraform apply again to create the new one.", revoked))
		}
		return false
	}
	if revoked != 0 {
		diags.AddWarning(fmt.Sprintf("Authorization %d was revoked", revoked), fmt.Sprintf(
			"Because of on_existing = \"replace\", the provider revoked authorization %d, and created authorization %d in its place. The token of the revoked one is no longer valid.", revoked, a.ID))
	}
	if err != nil || a.Token == "" {
		diags.AddWarning("Authorization created, but the response was unexpected", unexpectedResponse(a, err))
	}
	return true
}

// claimedError refuses an authorization that another resource of the run has: each
// of the two resources would undo the changes of the other one in every run.
func claimedError(a *ghes.Authorization) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to create authorization",
		fmt.Sprintf("The authorization exists already: another resource created, adopted or changed authorization %d in this run. %s", a.ID, declareOnce))
}

// newTokenAdvice says how to get a token for an adopted authorization.
const newTokenAdvice = "To revoke it and get a new token, set on_existing to \"replace\", and run terraform apply -replace=ADDRESS. This cannot be undone."

const declareOnce = "Declare each authorization once: remove one of the resources, or change its note (for the token of an OAuth app: its fingerprint)."

// findConflict returns the authorization because of which the server refused the
// request, or nil.
func (s *session) findConflict(ctx context.Context, request ghes.AuthorizationRequest) (*ghes.Authorization, error) {
	key := naturalKeyOf(request.ClientID, request.Fingerprint, request.Note)
	if existing := s.existing.remembered(key); existing != nil {
		if a, err := s.GetAuthorization(ctx, existing.ID); err == nil && keyOf(*a) == key {
			return a, nil
		}
	}
	return s.FindAuthorization(ctx, request.ClientID, func(a ghes.Authorization) bool { return keyOf(a) == key })
}

// revokeExisting deletes a, to create a new one in its place. It returns false after
// it added an error to diags.
func revokeExisting(ctx context.Context, s *session, a *ghes.Authorization, diags *diag.Diagnostics) bool {
	if s.isClaimed(a.ID) {
		diags.Append(claimedError(a))
		return false
	}
	if planned := s.existing.remembered(keyOf(*a)); planned != nil && planned.ID != a.ID {
		diags.Append(s.ambiguousError([]ghes.Authorization{*planned, *a})...)
		return false
	}
	if err := s.revoke(ctx, a.ID); err != nil {
		diags.Append(apiErrors("replace the existing authorization", err)...)
		return false
	}
	return true
}

// adoptExisting updates a to what m plans, and returns the result. A PUT that finds
// an authorization does not change it. The server does not show its token.
func adoptExisting(ctx context.Context, s *session, m *authorizationModel, a *ghes.Authorization, diags *diag.Diagnostics) *ghes.Authorization {
	if d := fingerprintStaysError(m, a, s); d != nil {
		diags.Append(d)
		return nil
	}
	if !s.claim(a.ID) {
		diags.Append(claimedError(a))
		return nil
	}
	m.keepNote(stringOrNull(a.Note))
	var existing authorizationModel
	existing.setArguments(a)
	id, changes := a.ID, ""
	if update := m.update(existing); update != (ghes.AuthorizationUpdate{}) {
		changes = fmt.Sprintf(" The provider changed it to match the configuration. Before that, its note was %s, its note_url %s and its scopes %s.",
			s.quoted(a.Note), s.quoted(a.NoteURL), s.quotedList(a.Scopes))
		var err error
		if a, err = s.UpdateAuthorization(ctx, id, update); err != nil {
			diags.Append(apiErrors("adopt authorization", err)...)
			return nil
		}
	}
	diags.AddWarning(fmt.Sprintf("Authorization %d was adopted", id),
		fmt.Sprintf("Authorization %d of %s existed already. Its token stays valid, but the server does not show it again, so token is null. %s%s", id, s.account, newTokenAdvice, changes))
	return a
}

// alreadyExistsError names the existing authorization a, and says how to import,
// adopt or replace it. err is the 422 of a POST, nil after a PUT that returned a.
func (s *session) alreadyExistsError(kind string, m *authorizationModel, a *ghes.Authorization, err error) diag.Diagnostic {
	if s.isClaimed(a.ID) {
		return claimedError(a)
	}
	if s.isCreatedTwice(keyOf(*a)) {
		return diag.NewErrorDiagnostic("Unable to create authorization", fmt.Sprintf(
			"Another resource of this configuration has the same note, or the same app and fingerprint, as authorization %d on the server. %s", a.ID, declareOnce))
	}
	attribute := "note"
	switch {
	case isSet(m.Fingerprint) && isSet(m.ClientID):
		attribute = "fingerprint"
	case isSet(m.ClientID):
		attribute = "client_id"
	}
	what := ""
	refusal, ok := errors.AsType[*ghes.Error](err)
	if ok {
		what = refusal.Error()
	} else {
		refusal = &ghes.Error{}
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Unable to create authorization", detail(refusal, what, fmt.Sprintf(
		`Authorization %d of %s already has this note, or this app and fingerprint. If another resource or configuration manages it, give the new resource another note or fingerprint. Otherwise add this block, with the name of your resource instead of "this", to manage it here:

  import {
    to = %[3]s.this
    id = "%[1]d"
  }

To take it over in the next apply, set on_existing to "adopt". To revoke it and get a new token, set on_existing to "replace". If you are replacing it with create_before_destroy or destroy = false, use note_prefix instead of note, or change the fingerprint as well.`, a.ID, s.account, kind)))
}
