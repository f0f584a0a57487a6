package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
type obtain func(ctx context.Context, client *ghes.Client, m *authorizationModel, request ghes.AuthorizationRequest, diags *diag.Diagnostics) (a *ghes.Authorization, created bool)

// createAuthorization is Create of the authorization resources, which differ in
// how they obtain one.
func createAuthorization(ctx context.Context, client *ghes.Client, get obtain, req resource.CreateRequest, resp *resource.CreateResponse) {
	var model, config authorizationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	a, created := get(ctx, client, &model, model.request(config.ClientSecretWO), &resp.Diagnostics)
	if a != nil && !created {
		a = adopt(ctx, client, &model, a, &resp.Diagnostics)
	}
	if a == nil {
		return
	}
	// The answer holds the only copy of the token: nothing may come between it
	// and the state.
	model.Token = types.StringNull()
	if created {
		model.Token = stringOrNull(a.Token)
	}
	model.setComputed(a)
	model.warnUnlessStored(a, nil, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// obtainByPost makes a personal access token or an app's token. An app's that
// may be adopted is asked for, since one request then does for both cases.
func obtainByPost(ctx context.Context, client *ghes.Client, m *authorizationModel, request ghes.AuthorizationRequest, diags *diag.Diagnostics) (*ghes.Authorization, bool) {
	policy := cmp.Or(m.OnExisting.ValueString(), onExistingFail)
	if policy == onExistingAdopt && request.ClientID != "" {
		return obtainByPut(ctx, client, m, request, diags)
	}
	a, err := client.CreateAuthorization(ctx, request)
	if !errors.Is(err, ghes.ErrAlreadyExists) {
		return a, made(a, err, diags)
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
		return a, made(a, err, diags)
	}
	diags.Append(existsError("ghes_authorization", m, existing, err))
	return nil, false
}

// obtainByPut asks for the app's authorization of m's fingerprint, and for the
// one without where m has none.
func obtainByPut(ctx context.Context, client *ghes.Client, m *authorizationModel, request ghes.AuthorizationRequest, diags *diag.Diagnostics) (*ghes.Authorization, bool) {
	put := func() (*ghes.Authorization, bool, error) {
		if ghes.IsPathElement(request.Fingerprint) {
			return client.GetOrCreateAuthorizationForAppAndFingerprint(ctx, request.ClientID, request.Fingerprint, request)
		}
		return client.GetOrCreateAuthorizationForApp(ctx, request.ClientID, request)
	}
	a, created, err := put()
	if err != nil || created {
		return a, made(a, err, diags)
	}
	switch cmp.Or(m.OnExisting.ValueString(), onExistingAdopt) {
	case onExistingAdopt:
		return a, false
	case onExistingReplace:
		if !revoke(ctx, client, a, diags) {
			return nil, false
		}
		if a, created, err = put(); err == nil && !created {
			diags.AddError("Unable to create authorization",
				fmt.Sprintf("Authorization %d appeared for this app and fingerprint while the existing one was being replaced. Run apply again.", a.ID))
			return nil, false
		}
		return a, made(a, err, diags)
	}
	diags.Append(existsError("ghes_authorization_fingerprint", m, a, nil))
	return nil, false
}

// made reports whether a was, and warns of an odd answer.
func made(a *ghes.Authorization, err error, diags *diag.Diagnostics) bool {
	if a == nil {
		diags.Append(apiErrors("create authorization", err)...)
		return false
	}
	if err != nil || a.Token == "" {
		diags.AddWarning("Authorization was made, but its answer is odd", oddAnswer(a, err))
	}
	return true
}

func revoke(ctx context.Context, client *ghes.Client, a *ghes.Authorization, diags *diag.Diagnostics) bool {
	err := client.DeleteAuthorization(ctx, a.ID)
	if err != nil && !errors.Is(err, ghes.ErrNotFound) {
		diags.Append(apiErrors("replace the existing authorization", err)...)
		return false
	}
	return true
}

// adopt brings what exists to what m plans. The server changes nothing by
// itself, and does not show the token.
func adopt(ctx context.Context, client *ghes.Client, m *authorizationModel, a *ghes.Authorization, diags *diag.Diagnostics) *ghes.Authorization {
	var existing authorizationModel
	existing.setArguments(a)
	if update := m.update(existing); update != (ghes.AuthorizationUpdate{}) {
		var err error
		if a, err = client.UpdateAuthorization(ctx, a.ID, update); err != nil {
			diags.Append(apiErrors("adopt authorization", err)...)
			return nil
		}
	}
	diags.AddWarning(fmt.Sprintf("Authorization %d was adopted", a.ID),
		"The server had it already, so its token stays valid and is not to be had: token is null. With on_existing = \"replace\" there would be a new one.")
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
