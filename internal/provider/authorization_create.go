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
)

// The values of on_existing.
const (
	onExistingFail    = "fail"
	onExistingAdopt   = "adopt"
	onExistingReplace = "replace"
)

// obtain gets the authorization that m plans: a new one with its token, or one
// that exists and is to be adopted. It is nil where diags say why.
type obtain func(ctx context.Context, client *runClient, m *authorizationModel, request ghes.AuthorizationRequest, diags *diag.Diagnostics) (a *ghes.Authorization, created bool)

// createAuthorization is Create of the authorization resources, which differ in
// how they obtain one.
func createAuthorization(ctx context.Context, client *runClient, get obtain, req resource.CreateRequest, resp *resource.CreateResponse) {
	var model, config authorizationModel
	resp.Diagnostics.Append(model.get(ctx, req.Plan)...)
	resp.Diagnostics.Append(config.get(ctx, req.Config)...)
	encrypt := model.encrypter(ctx, client.now(), &resp.Diagnostics)
	if !model.storesToken() && client.tokens.isFull() {
		resp.Diagnostics.AddError("Unable to create authorization", fmt.Sprintf(
			"This apply has made %d tokens that are not stored, and keeps no more of them in memory. Nothing was sent. Run apply again for the rest.", maxTokens))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	isUnique := model.makeNote()
	request := model.request(config.ClientSecretWO)
	request.Unique = isUnique
	defer client.make(keyOf(request.ClientID, request.Fingerprint, request.Note))()
	a, created := get(ctx, client, &model, request, &resp.Diagnostics)
	switch {
	case a != nil && created:
		client.take(a.ID)
	case a != nil:
		a = adopt(ctx, client, &model, a, &resp.Diagnostics)
	}
	if a == nil {
		return
	}
	// The answer holds the only copy of the token: nothing may come between it
	// and the state.
	model.setComputed(a)
	if !created {
		model.warnIfDue(client.now(), &resp.Diagnostics)
	}
	record := model.setToken(a.Token, encrypt, &client.tokens, &resp.Diagnostics)
	record.owner = client.owner
	model.warnUnlessStored(a, nil, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(identify(ctx, resp.Identity, model.ID)...)
	record.save(ctx, resp.Private, &resp.Diagnostics)
}

// obtainByPost makes a personal access token or an app's token. An app's that
// may be adopted is asked for, since one request then does for both cases.
func obtainByPost(ctx context.Context, client *runClient, m *authorizationModel, request ghes.AuthorizationRequest, diags *diag.Diagnostics) (*ghes.Authorization, bool) {
	policy := cmp.Or(m.OnExisting.ValueString(), onExistingFail)
	if policy == onExistingAdopt && request.ClientID != "" {
		return obtainByPut(ctx, client, m, request, diags)
	}
	a, err := client.CreateAuthorization(ctx, request)
	if !errors.Is(err, ghes.ErrAlreadyExists) {
		return a, made(a, err, 0, diags)
	}
	existing, findErr := client.FindAuthorization(ctx, request.ClientID, m.isSame)
	if existing == nil {
		diags.Append(apiErrors("create authorization", cmp.Or(findErr, err))...)
		return nil, false
	}
	switch policy {
	case onExistingAdopt:
		return existing, false
	case onExistingReplace:
		if !revoke(ctx, client, existing, diags) {
			return nil, false
		}
		a, err = client.CreateAuthorization(ctx, request)
		return a, made(a, err, existing.ID, diags)
	}
	diags.Append(existsError("ghes_authorization", m, existing, err))
	return nil, false
}

// obtainByPut asks for the app's authorization of m's fingerprint, and for the
// one without where m has none.
func obtainByPut(ctx context.Context, client *runClient, m *authorizationModel, request ghes.AuthorizationRequest, diags *diag.Diagnostics) (*ghes.Authorization, bool) {
	put := func() (*ghes.Authorization, bool, error) {
		if ghes.IsPathElement(request.Fingerprint) {
			return client.GetOrCreateAuthorizationForAppAndFingerprint(ctx, request.ClientID, request.Fingerprint, request)
		}
		return client.GetOrCreateAuthorizationForApp(ctx, request.ClientID, request)
	}
	a, created, err := put()
	if err != nil || created {
		return a, made(a, err, 0, diags)
	}
	switch cmp.Or(m.OnExisting.ValueString(), onExistingAdopt) {
	case onExistingAdopt:
		return a, false
	case onExistingReplace:
		if !revoke(ctx, client, a, diags) {
			return nil, false
		}
		revoked := a.ID
		if a, created, err = put(); err == nil && !created {
			a, err = nil, errors.New("another one appeared in its place")
		}
		return a, made(a, err, revoked, diags)
	}
	diags.Append(existsError("ghes_authorization_fingerprint", m, a, nil))
	return nil, false
}

// made reports whether a was, and warns of an odd answer. A failure after the
// existing authorization was revoked, if it was, says so.
func made(a *ghes.Authorization, err error, revoked int64, diags *diag.Diagnostics) bool {
	if a == nil {
		diags.Append(apiErrors("create authorization", err)...)
		if revoked != 0 {
			diags.AddError(fmt.Sprintf("Authorization %d was revoked", revoked),
				"It had been deleted already, as on_existing asks for, to make room for a new one. Its token is no longer valid. Run apply again.")
		}
		return false
	}
	if err != nil || a.Token == "" {
		diags.AddWarning("Authorization was made, but its answer is odd", oddAnswer(a, err))
	}
	return true
}

// takenError refuses what another resource of the run has: two resources would
// undo each other's work for ever.
func takenError(a *ghes.Authorization) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to create authorization",
		fmt.Sprintf("It is authorization %d, which another resource has made or adopted in this run. Declare each authorization once.", a.ID))
}

func revoke(ctx context.Context, client *runClient, a *ghes.Authorization, diags *diag.Diagnostics) bool {
	if client.isTaken(a.ID) {
		diags.Append(takenError(a))
		return false
	}
	err := client.DeleteAuthorization(ctx, a.ID)
	if err != nil && !errors.Is(err, ghes.ErrNotFound) {
		diags.Append(apiErrors("replace the existing authorization", err)...)
		return false
	}
	return true
}

// adopt brings what exists to what m plans. The server changes nothing by
// itself, and does not show the token.
func adopt(ctx context.Context, client *runClient, m *authorizationModel, a *ghes.Authorization, diags *diag.Diagnostics) *ghes.Authorization {
	if a.Fingerprint != "" && isAbsent(m.Fingerprint) {
		// The next plan would replace what was just adopted.
		diags.AddAttributeError(path.Root("fingerprint"), "Unable to adopt authorization",
			fmt.Sprintf("Authorization %d has fingerprint %q, which the server cannot clear. Set fingerprint to it as well.", a.ID, a.Fingerprint))
		return nil
	}
	if !client.take(a.ID) {
		diags.Append(takenError(a))
		return nil
	}
	m.keepNote(stringOrNull(a.Note))
	var existing authorizationModel
	existing.setArguments(a)
	id, changes := a.ID, ""
	if update := m.update(existing); update != (ghes.AuthorizationUpdate{}) {
		changes = fmt.Sprintf(" It was changed to what is declared: its note was %q, its note_url %q and its scopes %q.", a.Note, a.NoteURL, a.Scopes)
		var err error
		if a, err = client.UpdateAuthorization(ctx, id, update); err != nil {
			diags.Append(apiErrors("adopt authorization", err)...)
			return nil
		}
	}
	diags.AddWarning(fmt.Sprintf("Authorization %d was adopted", id),
		"The server had it already, so its token stays valid and is not to be had: token is null. With on_existing = \"replace\" there would be a new one."+changes)
	return a
}

// existsError names what exists, and how to take it over. err is the server's
// refusal, nil where it returned what exists.
func existsError(kind string, m *authorizationModel, a *ghes.Authorization, err error) diag.Diagnostic {
	attribute := "note"
	switch {
	case isSet(m.Fingerprint) && isSet(m.ClientID):
		attribute = "fingerprint"
	case isSet(m.ClientID):
		attribute = "client_id"
	}
	what := "The server has an authorization for this app and fingerprint."
	refusal, ok := errors.AsType[*ghes.Error](err)
	if ok {
		what = refusal.Error()
	} else {
		refusal = &ghes.Error{}
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Unable to create authorization", detail(refusal, what, fmt.Sprintf(
		`It is authorization %d. To manage it as it is, paste this, with the name of your resource in the place of "this":

  import {
    to = %s.this
    id = "%[1]d"
  }

To take it over at once set on_existing to "adopt", or to "replace" for a new token in its place. With create_before_destroy it is the one that is being replaced: the note or the fingerprint has to change as well.`, a.ID, kind)))
}
