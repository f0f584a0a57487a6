package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// rotationWarning says why the plan rotates, and what happens to the tokens of the state.
func (p *tokenPair) rotationWarning(reason rotationReason, state tokenPair) diag.Diagnostic {
	text := []string{reason.text, "The apply creates a new token."}
	for _, id := range state.tokenIDs() {
		switch {
		case !p.keeps(id):
			text = append(text, fmt.Sprintf("The apply first revokes authorization %d, which cannot be undone.", id))
		case id == state.id():
			text = append(text, fmt.Sprintf("Unless Terraform replaces the resource, the token of authorization %d stays valid for overlap_days after that.", id))
		case state.data.isDue(p.previous.RevokeAt):
			text = append(text, fmt.Sprintf("Unless Terraform replaces the resource, the previous token, of authorization %d, stays valid until the next apply, because no other token works.", id))
		default:
			text = append(text, fmt.Sprintf("Unless Terraform replaces the resource, the previous token, of authorization %d, stays valid until revoke_at.", id))
		}
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("The token of authorization %d will be rotated", state.id()), strings.Join(text, " "))
}

// revocationWarning is for a plan that revokes the previous token.
func (p *tokenPair) revocationWarning() diag.Diagnostic {
	id := p.previous.ID.ValueInt64()
	return diag.NewWarningDiagnostic(fmt.Sprintf("Authorization %d will be revoked", id), fmt.Sprintf(
		"It has the previous token, whose overlap ended at %s. Unless Terraform replaces the resource, the current token, of authorization %d, stays valid. To keep the previous one for longer, raise overlap_days.",
		p.previous.RevokeAt.ValueString(), p.id()))
}

// dueNext warns of what the next plan does because of the days that this plan changes. This plan cannot: its
// refresh has not found it due.
func (p *tokenPair) dueNext(now time.Time) (diags diag.Diagnostics) {
	if hasPassed(p.model.RotateAt, now) {
		diags.AddWarning(fmt.Sprintf("The token of authorization %d is due for rotation", p.id()), fmt.Sprintf(
			"It was created at %s. With rotate_after_days = %v the next plan that refreshes rotates it.", p.model.CreatedAt.ValueString(), p.model.RotateAfterDays.ValueFloat64()))
	}
	if id := p.previous.ID.ValueInt64(); hasPassed(p.previous.RevokeAt, now) {
		diags.AddWarning(fmt.Sprintf("Authorization %d is due to be revoked", id), fmt.Sprintf(
			"It has the previous token. With overlap_days = %v the next plan that refreshes revokes it.", p.model.OverlapDays.ValueFloat64()))
	}
	return diags
}

// replacementWarning is for a replacement of both tokens.
func (p *tokenPair) replacementWarning() (diags diag.Diagnostics) {
	if ids := p.tokenIDs(); len(ids) > 0 {
		diags.AddAttributeWarning(path.Root("note_prefix"), "A replacement has no overlap", fmt.Sprintf(
			"A change of note_prefix replaces the resource, which revokes %s in the same apply. To rotate with an overlap, change rotate_when_changed instead.", describeIDs(ids)))
	}
	return diags
}
