package provider

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// planLedger has the planned effect on each authorization. Terraform plans one object of
// a resource after another and in any order, so only the ledger shows that two of them
// have the same authorization. An object is a resource instance in state, also a deposed
// one, or an existing authorization that a new instance adopts or revokes.
type planLedger struct {
	account account // whose authorizations these are

	mu      sync.Mutex
	taken   map[int64]bool    // existing ones that a new object adopts or revokes
	effects map[int64]*[3]int // for each ID, how many objects there are for each plannedEffect
	stopped bool
}

func newPlanLedger(account account) *planLedger {
	return &planLedger{account: account, taken: map[int64]bool{}, effects: map[int64]*[3]int{}}
}

// plannedEffect is what a plan does to the authorization of one object.
type plannedEffect int

const (
	effectNone   plannedEffect = iota
	effectChange               // an update in place, or a replacement that may adopt it again
	effectRevoke
)

// add notes the effect for an object with an ID. It returns a diagnostic if another
// object has the same ID and both effects do not go together.
func (l *planLedger) add(id int64, effect plannedEffect) diag.Diagnostics {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.effects[id] == nil {
		l.effects[id] = &[3]int{}
	}
	l.effects[id][effect]++
	return l.check(id)
}

// take notes that a new object adopts or revokes an existing authorization. It returns false if
// another one does.
func (l *planLedger) take(id int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := !l.taken[id]
	l.taken[id] = true
	return first || l.stopped
}

// addReplacement notes that Terraform replaces an object for which add noted another effect.
// With -replace and replace_triggered_by, the plan of that object does not show it.
func (l *planLedger) addReplacement(id int64) diag.Diagnostics {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := l.effects[id]; n != nil && n[effectNone] > 0 {
		n[effectNone]--
		n[effectChange]++
		return l.check(id)
	}
	return nil
}

// stopChecks ends the checks. An apply plans objects again, in the order in which it changes
// them. With create_before_destroy, it then plans to revoke the authorization that a
// replacement has just adopted.
func (l *planLedger) stopChecks() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
}

func (l *planLedger) check(id int64) diag.Diagnostics {
	n := l.effects[id]
	objects := n[effectNone] + n[effectChange] + n[effectRevoke]
	if l.stopped || objects == 1 || n[effectRevoke] == objects {
		return nil
	}
	summary := fmt.Sprintf("Authorization %d is managed twice", id)
	text := fmt.Sprintf("More than one object in this plan has authorization %d of %s. These may be two resources, a resource and a new one that adopts or replaces it, or the current and the deposed object of one resource. ", id, l.account)
	switch {
	case n[effectNone] == objects:
		return diag.Diagnostics{diag.NewWarningDiagnostic(summary, text+"If you later change or remove one of them, the token of the other one is affected too.\n\n"+duplicateAdvice)}
	case n[effectRevoke] > 0:
		text += "This plan revokes its token for at least one of them. Then the token stops working for all of them."
	default:
		text += "This plan changes or replaces it for at least one of them. A replacement revokes its token for all of them."
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic(summary, text+" Nothing was changed.\n\n"+duplicateAdvice)}
}

// duplicateAdvice says how to keep an authorization in one object only.
const duplicateAdvice = `To find the resources, search for the ID in the output of terraform show. Then keep the authorization in one of them.

If a new resource adopts or replaces it, change the note or the fingerprint of the new resource, or remove on_existing. If you renamed a resource, add a moved block.

If a resource gets the note or the fingerprint that another one has now, first change the other one in a separate apply.

If two resources have it, replace the block of one of them by a removed block with destroy = false, or run terraform state rm ADDRESS.

If a resource has a deposed object, run terraform state rm ADDRESS, which removes both objects from state. Then import the authorization again. Its token stays valid, but token becomes null.

Only to destroy everything in this configuration, with all its tokens, run terraform destroy -refresh=false.`
