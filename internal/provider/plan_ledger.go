package provider

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// planLedger has what a plan does to each authorization. Terraform plans one object of
// a resource after the other and in any order, so the ledger is what shows that two of
// them are the same authorization. An object is what a resource instance has in state,
// also a deposed one, or an existing authorization that a new instance takes over.
type planLedger struct {
	account account // whose authorizations these are

	mu       sync.Mutex
	outcomes map[int64][]planOutcome // of the objects with an ID
	closed   bool
}

func newPlanLedger(account account) *planLedger {
	return &planLedger{account: account, outcomes: map[int64][]planOutcome{}}
}

// planOutcome is what a plan does to the authorization of one object.
type planOutcome int

const (
	staysUnchanged planOutcome = iota
	isUpdated                  // in place, or by a replacement
	isRevoked
)

// add notes the outcome for an object with an ID. It returns a diagnostic if another
// object has the same ID and both outcomes do not go together.
func (l *planLedger) add(id int64, outcome planOutcome) diag.Diagnostics {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.outcomes[id] = append(l.outcomes[id], outcome)
	return l.check(id)
}

// close ends the checks. An apply plans objects again, in the order in which it changes
// them: with create_before_destroy, what a replacement has just adopted is then planned to
// be revoked.
func (l *planLedger) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

// addReplacement notes that Terraform replaces an object for which add noted that it
// stays unchanged. Terraform does not say so when it plans that object, but only when it
// plans the new one: for -replace and replace_triggered_by.
func (l *planLedger) addReplacement(id int64) diag.Diagnostics {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, outcome := range l.outcomes[id] {
		if outcome == staysUnchanged {
			l.outcomes[id][i] = isUpdated
			return l.check(id)
		}
	}
	return nil
}

func (l *planLedger) check(id int64) diag.Diagnostics {
	count := map[planOutcome]int{}
	for _, outcome := range l.outcomes[id] {
		count[outcome]++
	}
	objects := len(l.outcomes[id])
	summary := fmt.Sprintf("Authorization %d is managed twice", id)
	who := fmt.Sprintf("Two resources manage authorization %d of %s, or one resource has it as its current and as a deposed object. ", id, l.account)
	switch {
	case l.closed || objects == 1 || count[isRevoked] == objects:
		return nil
	case count[staysUnchanged] == objects:
		return diag.Diagnostics{diag.NewWarningDiagnostic(summary, who+
			"This plan changes neither of them. But if you remove one, Terraform would revoke the token of the other one, too.\n\n"+duplicateAdvice)}
	case count[isRevoked] > 0:
		who += "This plan revokes it for one of them, and its token would stop working for the other one."
	default:
		who += "This plan changes or replaces it for one of them."
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic(summary, who+" Nothing was sent.\n\n"+duplicateAdvice)}
}

// duplicateAdvice says how to keep an authorization in one object only.
const duplicateAdvice = `Keep the authorization in one resource. To stop managing it in the other one, replace that resource block by a removed block with destroy = false, or run terraform state rm with its address. If only the address of a resource changes, add a moved block.

A failed replacement with create_before_destroy leaves a deposed object. For a resource that has one, terraform state rm removes both objects. Then import the authorization again.

To destroy everything, run terraform destroy -refresh=false.`
