package provider

import (
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// maxAppTokens is how many tokens a server keeps for one user, app and set of scopes. It
// revokes the oldest ones beyond that.
const maxAppTokens = 10

// appTokenSet are the tokens of the user that count together for maxAppTokens.
type appTokenSet struct{ clientID, scopes string }

func appTokenSetOf(clientID string, scopes []string) appTokenSet {
	return appTokenSet{clientID, strings.Join(ghes.NormalizeScopes(scopes), " ")}
}

// appTokens counts what a plan declares, and what the server has as far as the run
// has read it.
type appTokens struct {
	mu       sync.Mutex
	existing map[int64]appTokenSet
	count    map[appTokenSet]int // of those, and of the ones that are created
	replaced map[appTokenSet]bool
	warned   map[appTokenSet]bool
}

func newAppTokens() *appTokens {
	return &appTokens{existing: map[int64]appTokenSet{}, count: map[appTokenSet]int{}, replaced: map[appTokenSet]bool{}, warned: map[appTokenSet]bool{}}
}

// addExisting counts an authorization of the server, unless a plan has counted it.
func (t *appTokens) addExisting(a ghes.Authorization) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.existing[a.ID]; !ok && a.ClientID() != "" {
		t.move(a.ID, appTokenSetOf(a.ClientID(), a.Scopes))
	}
}

func (t *appTokens) move(id int64, to appTokenSet) {
	if from, ok := t.existing[id]; ok {
		t.count[from]--
	}
	t.existing[id] = to
	t.count[to]++
}

// addPlanned counts the token that m plans, and warns if the server would revoke others
// for it. isReplaced says that the token with the ID of m is replaced by it.
func (t *appTokens) addPlanned(m *authorizationModel, isReplaced bool) diag.Diagnostics {
	if !isSet(m.ClientID) || m.Scopes.IsUnknown() || len(elements(m.Scopes)) < len(m.Scopes.Elements()) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	set := appTokenSetOf(m.ClientID.ValueString(), elements(m.Scopes))
	if isKnown(m.ID) {
		t.move(m.ID.ValueInt64(), set)
	} else {
		t.count[set]++
	}
	t.replaced[set] = t.replaced[set] || isReplaced
	limit := maxAppTokens
	if t.replaced[set] { // With create_before_destroy, the new token needs a place beside the old one.
		limit--
	}
	if t.count[set] <= limit || t.warned[set] {
		return nil
	}
	t.warned[set] = true
	return diag.Diagnostics{diag.NewWarningDiagnostic("The server revokes the oldest tokens of the app", fmt.Sprintf(
		"A server keeps at most %d tokens of a user for one app and the same scopes, and revokes the oldest ones when more are created. "+
			"For the app with client ID %q and the scopes [%s], this plan has at least %d. A replacement with create_before_destroy needs one more for a moment, so keep at most nine of these. "+
			"Declare fewer tokens, or give some of them other scopes.", maxAppTokens, set.clientID, set.scopes, t.count[set]))}
}
