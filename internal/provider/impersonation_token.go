package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"golang.org/x/sync/semaphore"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// impersonationToken is the impersonation token of a user. The server keeps one for each
// user, so all ephemeral resources of a run that name the user share this value.
type impersonationToken struct {
	client   *ghes.Client
	username string
	turn     *semaphore.Weighted // held while a request about the token is sent; guards the fields below

	created *ghes.Authorization // by this run, without a token if the response has none; nil if there is none
	users   int                 // open ephemeral resources that have the token that this run has created
	lost    error               // of the request whose response was lost
}

// impersonation returns the impersonation token of a user, also if the server has none.
func (s *session) impersonation(username string) *impersonationToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.ToLower(username)
	if s.impersonated[key] == nil {
		s.impersonated[key] = &impersonationToken{client: s.admin, username: username, turn: semaphore.NewWeighted(1)}
	}
	return s.impersonated[key]
}

// String names the token to a user who has to look for it.
func (t *impersonationToken) String() string {
	return "the impersonation token of user " + t.user()
}

func (t *impersonationToken) user() string { return quote(t.client.Secrets(), t.username) }

// open returns the token for one more ephemeral resource, and whether this run has created
// it. If it returns nil, diags say why, and name what may be left on the server.
func (t *impersonationToken) open(ctx context.Context, tokens *EphemeralTokens, scopes []string, share bool, diags *diag.Diagnostics) (a *ghes.Authorization, isOwn bool) {
	if err := t.turn.Acquire(ctx, 1); err != nil {
		diags.Append(t.createErrors(err)...)
		return nil, false
	}
	defer t.turn.Release(1)
	if t.created == nil {
		return t.create(ctx, tokens, scopes, share, diags)
	}
	if !share || t.created.Token == "" {
		diags.AddError("Impersonation token already exists", fmt.Sprintf("Another ephemeral resource of this run has created %s. "+
			"The server keeps one for each user. Use one ephemeral resource for the user, or set share_existing = true in each.", t))
		return nil, false
	}
	t.users++
	t.warnOfScopes(scopes, t.created, diags)
	return t.created, true
}

// create asks the server for the token, which is another one's if it exists already.
func (t *impersonationToken) create(ctx context.Context, tokens *EphemeralTokens, scopes []string, share bool, diags *diag.Diagnostics) (a *ghes.Authorization, isOwn bool) {
	done, ok := tokens.add(t)
	if !ok {
		diags.AddError("Unable to create impersonation token", "Terraform is stopping the provider, so the provider created no token.")
		return nil, false
	}
	defer done()
	a, isOwn, err := t.client.CreateImpersonationToken(ctx, t.username, scopes)
	if isOwn {
		return t.useCreated(ctx, tokens, a, err, diags), true
	}
	if _, isLost := errors.AsType[*ghes.LeftBehindError](err); isLost {
		t.lost = err // The token stays on the list, so that the end of the run names it.
	}
	if t.lost == nil {
		tokens.remove(t)
	}
	if err != nil {
		diags.Append(t.createErrors(err)...)
		return nil, false
	}
	return t.shareExisting(a, scopes, share, diags), false
}

// useCreated returns the token that this run has created, or revokes it if it is of no use.
func (t *impersonationToken) useCreated(ctx context.Context, tokens *EphemeralTokens, a *ghes.Authorization, err error, diags *diag.Diagnostics) *ghes.Authorization {
	if err == nil {
		err = ctx.Err() // The CLI no longer waits for the token.
	}
	switch {
	case err != nil:
		diags.Append(t.createErrors(err)...)
	case a.Token == "":
		diags.AddError("Unable to create impersonation token", fmt.Sprintf("The server created %s, but its response did not contain the token. The provider revokes the token. Run terraform again.", t))
	default:
		t.created, t.users = a, 1
		return a
	}
	t.created = &ghes.Authorization{}
	diags.Append(t.revoke(ctx, tokens)...)
	return nil
}

// shareExisting returns a token that this run has not created, if it may and can.
func (t *impersonationToken) shareExisting(a *ghes.Authorization, scopes []string, share bool, diags *diag.Diagnostics) *ghes.Authorization {
	switch {
	case !share:
		diags.AddError("Impersonation token already exists", fmt.Sprintf("The server already has an impersonation token of user %s: authorization %d, created at %s. This provider block has not created it in this run, so the provider does not use it. "+
			"The server keeps one for each user. To use the existing one, set share_existing = true. If nobody uses it, revoke it:\n\n%s", t.user(), a.ID, formatTime(a.CreatedAt), t.deleteCommand()))
	case a.Token == "":
		diags.AddError("Unable to share impersonation token", fmt.Sprintf("The server already has an impersonation token of user %s, authorization %d, but does not show it, so the provider cannot share it. "+
			"Wait until its creator has revoked it. If nobody uses it, revoke it:\n\n%s", t.user(), a.ID, t.deleteCommand()))
	default:
		t.warnOfScopes(scopes, a, diags)
		return a
	}
	return nil
}

// warnOfScopes warns if a shared token lacks scopes: the server does not change them.
func (t *impersonationToken) warnOfScopes(want []string, a *ghes.Authorization, diags *diag.Diagnostics) {
	missing := slices.DeleteFunc(slices.Clone(want), func(scope string) bool { return ghes.ScopesCover(a.Scopes, []string{scope}) })
	if len(missing) > 0 {
		diags.AddAttributeWarning(path.Root("scopes"), "Shared token lacks scopes",
			fmt.Sprintf("The impersonation token of user %s exists already, and was created without %s. The server does not change its scopes. Use it for tasks that need only its scopes, or revoke it if nobody uses it.", t.user(), strings.Join(missing, ", ")))
	}
}

// close revokes a token that this run has created, once no other ephemeral resource uses it.
func (t *impersonationToken) close(ctx context.Context, tokens *EphemeralTokens) diag.Diagnostics {
	grace, cancel := ghes.WithGrace(ctx)
	defer cancel()
	if err := t.turn.Acquire(grace, 1); err != nil {
		return diag.Diagnostics{t.revokeError(err)}
	}
	defer t.turn.Release(1)
	if t.users--; t.users > 0 {
		return nil
	}
	return t.revoke(ctx, tokens)
}

// revoke is EphemeralTokens.revokeWithGrace for the holder of the turn.
func (t *impersonationToken) revoke(ctx context.Context, tokens *EphemeralTokens) diag.Diagnostics {
	grace, cancel := ghes.WithGrace(ctx)
	defer cancel()
	if err := t.deleteInTurn(grace); err != nil {
		return diag.Diagnostics{t.revokeError(err)}
	}
	tokens.remove(t)
	return nil
}

// delete deletes the token if this run has created it. A token whose response was lost may
// be another one's.
func (t *impersonationToken) delete(ctx context.Context) error {
	if err := t.turn.Acquire(ctx, 1); err != nil {
		return err
	}
	defer t.turn.Release(1)
	if t.created == nil {
		return t.lost
	}
	return t.deleteInTurn(ctx)
}

func (t *impersonationToken) deleteInTurn(ctx context.Context) error {
	err := t.client.DeleteImpersonationToken(ctx, t.username)
	if err != nil && !errors.Is(err, ghes.ErrNotFound) {
		return err
	}
	t.created, t.users = nil, 0
	return nil
}

func (t *impersonationToken) revokeError(err error) diag.Diagnostic {
	return revokeError("Unable to revoke impersonation token", err, fmt.Sprintf(
		"The impersonation token of user %s may still be valid. The provider retries when the run ends. To revoke it yourself:\n\n%s", t.user(), t.deleteCommand()))
}

// deleteCommand returns the shell command that revokes the token.
func (t *impersonationToken) deleteCommand() string {
	return fmt.Sprintf(`  curl --request DELETE --header "Authorization: token $%s" '%s'`, envAdminToken, t.client.ImpersonationURL(t.username))
}

// createErrors returns the errors of a failed create.
func (t *impersonationToken) createErrors(err error) diag.Diagnostics {
	const action = "create impersonation token"
	e, ok := errors.AsType[*ghes.Error](err)
	advice := t.createAdvice(err)
	if !ok || advice == "" {
		return apiErrorsOn(map[string]string{"scopes": "scopes"}, action, err)
	}
	var d diag.Diagnostic = diag.NewErrorDiagnostic("Unable to "+action, detail(e, e.Error(), advice))
	if errors.Is(err, ghes.ErrNoUser) {
		d = diag.WithPath(path.Root("username"), d)
	}
	return diag.Diagnostics{d}
}

// createAdvice says what to do about the errors that only this request has.
func (t *impersonationToken) createAdvice(err error) string {
	_, isLost := errors.AsType[*ghes.LeftBehindError](err)
	switch {
	case isLost:
		return fmt.Sprintf("The server may have created %s without the provider having received it. The provider does not delete it, because it may be somebody else's. "+
			"If nobody uses an impersonation token of this user, revoke it:\n\n%s", t, t.deleteCommand())
	case errors.Is(err, ghes.ErrNoUser):
		return t.notFoundAdvice("This admin_token has that scope: check username, and whether the owner of the token is a site administrator.")
	case errors.Is(err, ghes.ErrNoSiteAdmin):
		return t.notFoundAdvice("This admin_token lacks that scope: set admin_token, or " + envAdminToken + " in the environment, to a token that has it.")
	case errors.Is(err, ghes.ErrNoUserOrScope):
		return t.notFoundAdvice("Check username, and the scopes of admin_token.")
	}
	return ""
}

// notFoundAdvice names both causes of a 404, and then the one that it is.
func (t *impersonationToken) notFoundAdvice(cause string) string {
	return fmt.Sprintf("Either the server has no user %s, or admin_token is not a site administrator's token with the scope site_admin. %s",
		t.user(), cause)
}
