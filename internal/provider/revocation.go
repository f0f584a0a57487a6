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

// maxFailures is how many authorizations in a row cannot be revoked before the
// rest is not tried: it is the server then that fails.
const maxFailures = 3

// revocation revokes authorizations, and keeps account of them: whatever happens,
// the user has to know which tokens still work. It tells of each before it is
// revoked, since after an interruption nothing more can be told.
type revocation struct {
	client *runClient
	tell   func(format string, args ...any)
	now    time.Time

	revoked, gone, untried []int64
	failed                 []failedRevocation
	left                   int
}

type failedRevocation struct {
	id  int64
	err error
}

// choose returns those that match, but for this run's own.
func (r *revocation) choose(all []ghes.Authorization, matches func(*ghes.Authorization, time.Time) bool) []ghes.Authorization {
	var chosen []ghes.Authorization
	for _, a := range all {
		if matches(&a, r.now) && !r.leave(&a) {
			chosen = append(chosen, a)
		}
	}
	switch {
	case len(chosen) > 0:
	case r.left > 0:
		r.tell("Nothing to revoke: of %d authorizations only those match that this run uses", len(all))
	default:
		r.tell("Nothing to revoke: none of %d authorizations matches", len(all))
	}
	return chosen
}

// leave leaves a alone if it is this run's own.
func (r *revocation) leave(a *ghes.Authorization) bool {
	if !r.client.isOurs(a) {
		return false
	}
	r.left++
	r.tell("Leaving %s alone: this run has made, adopted or changed it", r.describe(a))
	return true
}

// rehearse tells what run would do.
func (r *revocation) rehearse(all []ghes.Authorization) {
	for i, a := range all {
		r.tell("Would revoke %s [%d of %d]", r.describe(&a), i+1, len(all))
	}
	if len(all) > 0 {
		r.tell("Would revoke %d; nothing was revoked, since dry_run is true", len(all))
	}
}

// run revokes all, in their order. It goes on after what one of them fails by, and
// ends where the others would fare the same.
func (r *revocation) run(ctx context.Context, all []ghes.Authorization) {
	inARow := 0
	for i, a := range all {
		if r.leave(&a) { // another resource may have begun with it in the meantime
			continue
		}
		r.tell("Revoking %s [%d of %d]", r.describe(&a), i+1, len(all))
		err := revokeNumber(ctx, a.ID, r.client.DeleteAuthorization, r.client.GetAuthorizationNow)
		switch {
		case err == nil:
			r.revoked = append(r.revoked, a.ID)
		case errors.Is(err, ghes.ErrNotFound):
			r.tell("Authorization %d is gone: it was revoked in the meantime", a.ID)
			r.gone = append(r.gone, a.ID)
		default:
			if errors.Is(err, context.Canceled) {
				err = errInterrupted
			}
			r.tell("Authorization %d could not be revoked: %s", a.ID, err)
			r.failed = append(r.failed, failedRevocation{a.ID, err})
			if inARow++; inARow < maxFailures && !concernsOthers(err) {
				continue
			}
			for _, rest := range all[i+1:] {
				r.untried = append(r.untried, rest.ID)
			}
			return
		}
		inARow = 0
	}
}

// revokeNumber deletes what has this number. That it is not found is believed only where
// it cannot be read either: servers hide behind 404 what they refuse.
func revokeNumber[T any](ctx context.Context, id int64, remove func(context.Context, int64) error, read func(context.Context, int64) (T, error)) error {
	err := remove(ctx, id)
	e, ok := errors.AsType[*ghes.Error](err)
	if !ok || !errors.Is(err, ghes.ErrNotFound) {
		return err
	}
	if _, reading := read(ctx, id); reading != nil {
		return reading
	}
	still := *e
	still.Err = errStillThere
	return &still
}

var errStillThere = errors.New("the server does not find it to delete, though it still has it")

var errInterrupted = errors.New("the run was interrupted before the server answered")

// concernsOthers reports of a failed request that others would fare the same.
func concernsOthers(err error) bool {
	e, ok := errors.AsType[*ghes.Error](err)
	return !ok || e.ConcernsOthers()
}

// report tells what has become of all, in an error unless all are gone.
func (r *revocation) report(diags *diag.Diagnostics) {
	if len(r.revoked)+len(r.gone)+len(r.failed) == 0 {
		return
	}
	r.tell("Revoked: %d, gone already: %d, failed: %d, not tried: %d", len(r.revoked), len(r.gone), len(r.failed), len(r.untried))
	if len(r.failed) == 0 {
		return
	}
	lines := []string{}
	add := func(what string, ids []int64) {
		if len(ids) > 0 {
			lines = append(lines, what+": "+listed(ids))
		}
	}
	add("Revoked", r.revoked)
	add("Gone already", r.gone)
	for _, f := range r.failed {
		fate := "Not revoked"
		if mayHaveActed(f.err) {
			fate = "Perhaps revoked"
		}
		lines = append(lines, fmt.Sprintf("%s: %d, %s", fate, f.id, f.err))
	}
	add("Not tried", r.untried)

	last := r.failed[len(r.failed)-1].err
	e, _ := errors.AsType[*ghes.Error](last)
	if e == nil {
		e = &ghes.Error{}
	}
	left := len(r.failed) + len(r.untried)
	diags.AddError(fmt.Sprintf("Unable to revoke %d of %d authorizations", left, left+len(r.revoked)+len(r.gone)),
		detail(e, strings.Join(lines, "\n"), strings.TrimSpace(advice(e)+" Run the action again to revoke what is left.")))
}

func listed(ids []int64) string {
	texts := make([]string, 0, len(ids))
	for _, id := range ids {
		texts = append(texts, strconv.FormatInt(id, 10))
	}
	return strings.Join(texts, ", ")
}

// describe says which authorization it is, and how old.
func (r *revocation) describe(a *ghes.Authorization) string {
	text := fmt.Sprintf("authorization %d (", a.ID)
	if a.ClientID() != "" {
		text += fmt.Sprintf("app %s, client ID %s, ", r.client.quoted(a.App.Name), r.client.quoted(a.App.ClientID))
	}
	text += "note " + r.client.quoted(a.Note)
	if !a.CreatedAt.IsZero() {
		text += ", made at " + a.CreatedAt.UTC().Format(time.RFC3339)
	}
	if age := r.now.Sub(a.CreatedAt); !a.CreatedAt.IsZero() && age > 0 {
		text += fmt.Sprintf(", %d days ago", int(age.Hours()/24))
	}
	return text + ")"
}
