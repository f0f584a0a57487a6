package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// The values of on_existing.
const (
	onExistingFail    = "fail"
	onExistingAdopt   = "adopt"
	onExistingReplace = "replace"
)

// naturalKey identifies an authorization before its ID is known, as the server does
// when it refuses a duplicate. For a personal access token it is the note, and for an
// app's token the app and the fingerprint.
type naturalKey struct{ clientID, fingerprint, note string }

func naturalKeyOf(clientID, fingerprint, note string) naturalKey {
	if clientID == "" {
		return naturalKey{note: normalize(note)}
	}
	return naturalKey{clientID: clientID, fingerprint: normalize(fingerprint)}
}

func keyOf(a ghes.Authorization) naturalKey {
	return naturalKeyOf(a.ClientID(), a.Fingerprint, a.Note)
}

// naturalKey returns the key of m. It is unknown while a value in it is unknown.
func (m *authorizationModel) naturalKey() (key naturalKey, known bool) {
	known = !m.ClientID.IsUnknown() && (isSet(m.ClientID) && !m.Fingerprint.IsUnknown() || isAbsent(m.ClientID) && !m.Note.IsUnknown())
	return naturalKeyOf(m.ClientID.ValueString(), m.Fingerprint.ValueString(), m.Note.ValueString()), known
}

// spell gives the request the spelling of an authorization that has its key, so that
// the server, which compares bytes, recognizes it.
func spell(request *ghes.AuthorizationRequest, as *ghes.Authorization) {
	if request.ClientID == "" {
		request.Note = as.Note
	} else {
		request.Fingerprint = as.Fingerprint
	}
}

// existingList has the authorizations that the user had when a plan first
// asked for them, without those that this run has revoked since.
type existingList struct {
	mu    sync.Mutex
	read  bool
	err   error
	byKey map[naturalKey][]ghes.Authorization // in order of ID
}

// findExisting returns the existing authorizations with the key. It is more than one if they
// have spellings that Unicode normalization makes equal, or if the user has made several for an
// app. A run reads the list once for all resources.
func (s *session) findExisting(ctx context.Context, key naturalKey) ([]ghes.Authorization, error) {
	e := &s.existing
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.read {
		var all []ghes.Authorization
		all, e.err = s.SkimAuthorizations(ctx)
		e.read, e.byKey = ctx.Err() == nil, map[naturalKey][]ghes.Authorization{}
		for _, a := range all {
			e.byKey[keyOf(a)] = append(e.byKey[keyOf(a)], a)
			s.appTokens.addExisting(a)
		}
	}
	return slices.Clone(e.byKey[key]), e.err
}

// remembered returns the first authorization with the key that findExisting has read, or nil.
func (e *existingList) remembered(key naturalKey) *ghes.Authorization {
	e.mu.Lock()
	defer e.mu.Unlock()
	if all := e.byKey[key]; len(all) > 0 {
		return &all[0]
	}
	return nil
}

// remove removes a revoked authorization.
func (e *existingList) remove(id int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for key, all := range e.byKey {
		e.byKey[key] = slices.DeleteFunc(all, func(a ghes.Authorization) bool { return a.ID == id })
	}
}

// planExisting records in the ledger what the create does to an existing authorization, warns of
// it, and returns its ID. It returns 0 if none exists, as far as the plan can tell.
// replaced is the ID of the authorization that the create replaces, or 0.
func (r *authorizationResource) planExisting(ctx context.Context, plan authorizationModel, replaced int64, diags *diag.Diagnostics) int64 {
	a, d := r.lookUpExisting(ctx, plan, replaced)
	diags.Append(d...)
	if a == nil {
		return 0
	}
	if !r.session.ledger.take(a.ID) {
		diags.AddError("Unable to create authorization", fmt.Sprintf(
			"Two new resources would adopt or revoke authorization %d of %s. Nothing was changed. %s", a.ID, r.session.account, declareOnce))
		return 0
	}
	if r.policy(plan) == onExistingAdopt {
		r.planAdoption(plan, a, diags)
		return a.ID
	}
	diags.Append(r.session.ledger.add(a.ID, effectRevoke)...)
	diags.AddWarning(fmt.Sprintf("Authorization %d will be revoked", a.ID), fmt.Sprintf(
		"Authorization %d of %s exists already, with %s. Because of on_existing = \"replace\", the apply revokes its token, even if it is in use, and creates a new authorization. This cannot be undone. "+
			"To keep the token, set on_existing to \"adopt\", or import the authorization by its ID.", a.ID, r.session.account, r.session.describeExisting(a)))
	return a.ID
}

// lookUpExisting returns the existing authorization that on_existing decides about, or nil. It
// is not the one that the create replaces.
func (r *authorizationResource) lookUpExisting(ctx context.Context, plan authorizationModel, replaced int64) (*ghes.Authorization, diag.Diagnostics) {
	if !r.mayTakeOver(plan) {
		return nil, nil
	}
	key, known := plan.naturalKey()
	if !known || plan.OnExisting.IsUnknown() {
		return nil, undecidedWarning("a value of note, client_id, fingerprint or on_existing is only known after the apply. " +
			"To see it in the plan, first apply the resource that the value comes from, with -target, or set a known value.")
	}
	found, err := r.session.findExisting(ctx, key)
	found = slices.DeleteFunc(found, func(a ghes.Authorization) bool { return a.ID == replaced })
	switch {
	case err != nil && isLasting(err):
		return nil, apiErrors("create authorization", err)
	case err != nil:
		return nil, undecidedWarning("the provider could not read the list of authorizations. Plan again before you apply. " + err.Error())
	case len(found) == 0:
		return nil, nil
	case len(found) > 1 && r.policy(plan) == onExistingReplace:
		return nil, r.session.ambiguousError(found)
	}
	return &found[0], nil
}

// mayTakeOver reports whether the planned create may adopt or revoke an existing authorization. It
// does not if the apply generates a note that no other has.
func (r *authorizationResource) mayTakeOver(plan authorizationModel) bool {
	generated := isSet(plan.NotePrefix) && isAbsent(plan.ClientID)
	return !generated && (plan.OnExisting.IsUnknown() || r.policy(plan) != onExistingFail)
}

// ambiguousError refuses to revoke one of several authorizations that stand in the way.
func (s *session) ambiguousError(found []ghes.Authorization) diag.Diagnostics {
	ids := []int64{}
	for _, a := range found {
		ids = append(ids, a.ID)
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to replace the existing authorization", fmt.Sprintf(
		"Several authorizations have the same note, or the same app and fingerprint: %s of %s. Nothing was changed.\n\n"+
			"Delete the unused ones, or import the one to keep by its ID.", joinIDs(ids), s.account))}
}

// refuseUnannounced refuses a replacement that adopts or revokes another authorization than the
// one that it replaces, if the plan cannot warn of it: with -replace and replace_triggered_by.
func (r *authorizationResource) refuseUnannounced(ctx context.Context, plan authorizationModel, replaced int64, diags *diag.Diagnostics) {
	a, d := r.lookUpExisting(ctx, plan, replaced)
	diags.Append(d...)
	if a == nil {
		return
	}
	diags.AddError("Unable to plan the replacement", fmt.Sprintf(
		"The replacement of authorization %d would adopt or revoke authorization %d of %s, which exists already, with %s. "+
			"With -replace and replace_triggered_by, Terraform does not show the warning about it. Nothing was changed.\n\n"+
			"Choose another note or fingerprint, or first change it without a replacement.", replaced, a.ID, r.session.account, r.session.describeExisting(a)))
}

// planReplacementOf warns of what the planned replacement of state adopts or revokes besides it,
// and returns its effect on state: with create_before_destroy, it may adopt what it replaces.
func (r *authorizationResource) planReplacementOf(ctx context.Context, plan, state authorizationModel, diags *diag.Diagnostics) plannedEffect {
	id := state.ID.ValueInt64()
	r.planExisting(ctx, plan, id, diags)
	key, known := plan.naturalKey()
	stateKey, _ := state.naturalKey()
	if known && key == stateKey && r.policy(plan) == onExistingAdopt {
		diags.Append(readoptionWarning(id))
		return effectChange
	}
	return effectRevoke
}

// policy returns the value of on_existing or its default.
func (r *authorizationResource) policy(m authorizationModel) string {
	return cmp.Or(m.OnExisting.ValueString(), r.onExisting)
}

// planAdoption says which existing authorization a create adopts, and what changes on it.
func (r *authorizationResource) planAdoption(plan authorizationModel, a *ghes.Authorization, diags *diag.Diagnostics) {
	if d := fingerprintStaysError(&plan, a, r.session); d != nil {
		diags.Append(d)
		return
	}
	effect, changes := effectNone, "The apply does not change it."
	if differences := r.session.adoptionDifferences(plan, a); len(differences) > 0 {
		effect, changes = effectChange, "The apply changes: "+strings.Join(differences, ", ")+"."
	}
	diags.Append(r.session.ledger.add(a.ID, effect)...)
	diags.AddWarning(fmt.Sprintf("Authorization %d will be adopted", a.ID), fmt.Sprintf(
		"Authorization %d of %s exists already, with %s. %s Its token stays valid, but the server does not show it again, so token will be null. "+
			"To revoke it and get a new token, set on_existing to \"replace\".\n\n"+
			"If the resource is tainted and has no create_before_destroy, Terraform revokes the authorization first, and the apply creates a new one instead.", a.ID, r.session.account, r.session.describeExisting(a), changes))
}

// adoptionDifferences lists what the adoption of a changes. It does not repeat planned values,
// which may be sensitive; the plan shows the others.
func (s *session) adoptionDifferences(plan authorizationModel, a *ghes.Authorization) (differences []string) {
	plan.keepNote(stringOrNull(a.Note))
	for _, argument := range plan.textArguments(a) {
		switch {
		case argument.value.IsUnknown():
			differences = append(differences, argument.name+" (known after apply)")
		case !sameText(argument.value.ValueString(), argument.stored):
			differences = append(differences, fmt.Sprintf("%s (currently %s)", argument.name, s.quoted(argument.stored)))
		}
	}
	switch {
	case !hasKnownElements(plan.Scopes):
		differences = append(differences, "scopes (known after apply)")
	case !ghes.SameScopes(elements(plan.Scopes), a.Scopes):
		differences = append(differences, fmt.Sprintf("scopes (currently %s)", s.quotedList(a.Scopes)))
	}
	return differences
}

// describeExisting says by what a user recognizes an authorization.
func (s *session) describeExisting(a *ghes.Authorization) string {
	description := fmt.Sprintf("note %s and scopes %s", s.quoted(a.Note), s.quotedList(a.Scopes))
	if !a.CreatedAt.IsZero() {
		description += fmt.Sprintf(", created at %s, %d days ago", formatTime(a.CreatedAt), max(0, int(s.now().Sub(a.CreatedAt)/(24*time.Hour))))
	}
	return description
}

// isLasting reports whether the same error awaits the create.
func isLasting(err error) bool {
	return slices.ContainsFunc(append(slices.Clone(refusals), ghes.ErrNotOffered, context.Canceled), func(kind error) bool { return errors.Is(err, kind) })
}

func undecidedWarning(reason string) diag.Diagnostics {
	return diag.Diagnostics{diag.NewWarningDiagnostic("An existing authorization may be adopted or revoked",
		"If the authorization exists already, the apply adopts it with on_existing = \"adopt\", and revokes it with \"replace\". The plan cannot tell whether it exists, because "+reason)}
}

// readoptionWarning is for a replacement that may adopt the authorization that it
// replaces. That happens with create_before_destroy, which the CLI does not tell the
// provider.
func readoptionWarning(id int64) diag.Diagnostic {
	return diag.NewWarningDiagnostic(fmt.Sprintf("The replacement may adopt authorization %d again", id), fmt.Sprintf(
		"If the resource has create_before_destroy, or destroy = false with OpenTofu, the replacement adopts authorization %d again, because on_existing is \"adopt\". The apply then creates no new token. "+
			"Set on_existing to \"replace\" or remove create_before_destroy and destroy = false. If the resource has neither, ignore this warning.", id))
}

// fingerprintStaysError refuses an adoption after which the next plan would replace the
// authorization. It is nil if a has no such fingerprint.
func fingerprintStaysError(m *authorizationModel, a *ghes.Authorization, s *session) diag.Diagnostic {
	if a.Fingerprint == "" || !isAbsent(m.Fingerprint) {
		return nil
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("fingerprint"), "Unable to adopt authorization", fmt.Sprintf(
		"Authorization %d has the fingerprint %s, which the server cannot clear. Set fingerprint to the same value.", a.ID, s.quoted(a.Fingerprint)))
}
