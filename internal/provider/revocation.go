package provider

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// maxFailures is how many authorizations in a row may fail before the action skips the
// remaining ones. Then it is the server that fails.
const maxFailures = 3

// revocation revokes authorizations and keeps the result of each one, because the user
// has to know which tokens still work. It reports each authorization before it revokes
// it: after an interruption, the CLI shows nothing more.
type revocation struct {
	session  *session
	progress func(format string, args ...any)
	now      time.Time

	revoked, alreadyDeleted, notAttempted []int64
	failed                                []failedRevocation
	skipped                               int
}

type failedRevocation struct {
	id  int64
	err error
}

// choose returns the authorizations that match and that this run does not use.
func (r *revocation) choose(all []ghes.Authorization, matches func(*ghes.Authorization, time.Time) bool) []ghes.Authorization {
	var chosen []ghes.Authorization
	for _, a := range all {
		if matches(&a, r.now) && !r.skip(&a) {
			chosen = append(chosen, a)
		}
	}
	switch {
	case len(chosen) > 0:
	case r.skipped > 0:
		r.progress("Nothing to revoke: of %d authorizations only those match that this run uses", len(all))
	default:
		r.progress("Nothing to revoke: none of %d authorizations matches", len(all))
	}
	return chosen
}

// skip reports whether this run uses a, so that a must not be revoked.
func (r *revocation) skip(a *ghes.Authorization) bool {
	if !r.session.inUse(a) {
		return false
	}
	r.skipped++
	r.progress("Skipping %s: this run created, adopted or changed it", r.describe(a))
	return true
}

// dryRun reports what run would do.
func (r *revocation) dryRun(all []ghes.Authorization) {
	for i, a := range all {
		r.progress("Would revoke %s [%d of %d]", r.describe(&a), i+1, len(all))
	}
	if len(all) > 0 {
		r.progress("Would revoke %d; nothing was revoked, since dry_run is true", len(all))
	}
}

// run revokes all authorizations in their order. It continues after an error that
// concerns one authorization, and stops after an error that concerns the others too.
func (r *revocation) run(ctx context.Context, all []ghes.Authorization) {
	failures := 0
	for i, a := range all {
		if r.skip(&a) { // another resource may use it since choose was called
			continue
		}
		r.progress("Revoking %s [%d of %d]", r.describe(&a), i+1, len(all))
		err := revokeByID(ctx, a.ID, r.session.DeleteAuthorization, r.session.GetAuthorization)
		switch {
		case err == nil:
			r.revoked = append(r.revoked, a.ID)
		case errors.Is(err, ghes.ErrNotFound):
			r.progress("Authorization %d was already revoked in the meantime", a.ID)
			r.alreadyDeleted = append(r.alreadyDeleted, a.ID)
		default:
			if errors.Is(err, context.Canceled) {
				err = errInterrupted
			}
			r.progress("Unable to revoke authorization %d: %s", a.ID, err)
			r.failed = append(r.failed, failedRevocation{a.ID, err})
			if failures++; failures < maxFailures && !concernsOthers(err) {
				continue
			}
			for _, rest := range all[i+1:] {
				r.notAttempted = append(r.notAttempted, rest.ID)
			}
			return
		}
		failures = 0
	}
}

// revokeByID deletes the object with this ID. It returns ErrNotFound only if a read does
// not find the object either, because servers also respond with 404 to a request that
// they refuse.
func revokeByID[T any](ctx context.Context, id int64, remove func(context.Context, int64) error, read func(context.Context, int64) (T, error)) error {
	err := remove(ctx, id)
	e, ok := errors.AsType[*ghes.Error](err)
	if !ok || !errors.Is(err, ghes.ErrNotFound) {
		return err
	}
	if _, readErr := read(ctx, id); readErr != nil {
		return readErr
	}
	refused := *e
	refused.Err = errStillThere
	return &refused
}

var errStillThere = errors.New("the server refused the deletion with a 404, but still has the object")

var errInterrupted = errors.New("the run was interrupted before the server responded")

// concernsOthers reports whether other requests would fail with the same error.
func concernsOthers(err error) bool {
	e, ok := errors.AsType[*ghes.Error](err)
	return !ok || e.ConcernsOthers()
}

// report reports the result of each authorization, as an error if one of them was not
// revoked.
func (r *revocation) report(diags *diag.Diagnostics) {
	if len(r.revoked)+len(r.alreadyDeleted)+len(r.failed) == 0 {
		return
	}
	r.progress("Revoked: %d, already revoked: %d, failed: %d, not attempted: %d", len(r.revoked), len(r.alreadyDeleted), len(r.failed), len(r.notAttempted))
	if len(r.failed) == 0 {
		return
	}
	lines := []string{}
	add := func(result string, ids []int64) {
		if len(ids) > 0 {
			lines = append(lines, result+": "+joinIDs(ids))
		}
	}
	add("Revoked", r.revoked)
	add("Already revoked", r.alreadyDeleted)
	for _, f := range r.failed {
		result := "Not revoked"
		if mayHaveActed(f.err) {
			result = "Possibly revoked"
		}
		lines = append(lines, fmt.Sprintf("%s: %d, %s", result, f.id, f.err))
	}
	add("Not attempted", r.notAttempted)

	last := r.failed[len(r.failed)-1].err
	e, _ := errors.AsType[*ghes.Error](last)
	if e == nil {
		e = &ghes.Error{}
	}
	remaining := len(r.failed) + len(r.notAttempted)
	diags.AddError(fmt.Sprintf("Unable to revoke %d of %d authorizations", remaining, remaining+len(r.revoked)+len(r.alreadyDeleted)),
		detail(e, strings.Join(lines, "\n"), strings.TrimSpace(errorAdvice(e)+" Run the action again to revoke the remaining ones.")))
}

func joinIDs(ids []int64) string {
	decimal := make([]string, 0, len(ids))
	for _, id := range ids {
		decimal = append(decimal, strconv.FormatInt(id, 10))
	}
	return strings.Join(decimal, ", ")
}

// describe returns the ID, the app, the note and the age of an authorization.
func (r *revocation) describe(a *ghes.Authorization) string {
	description := fmt.Sprintf("authorization %d (", a.ID)
	if a.ClientID() != "" {
		description += fmt.Sprintf("app %s, client ID %s, ", r.session.quoted(a.App.Name), r.session.quoted(a.App.ClientID))
	}
	description += "note " + r.session.quoted(a.Note)
	if !a.CreatedAt.IsZero() {
		description += ", created at " + a.CreatedAt.UTC().Format(time.RFC3339)
	}
	if age := r.now.Sub(a.CreatedAt); !a.CreatedAt.IsZero() && age > 0 {
		description += fmt.Sprintf(", %d days ago", int(age.Hours()/24))
	}
	return description + ")"
}
