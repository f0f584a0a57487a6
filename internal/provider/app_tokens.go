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

// planAppToken counts the token that m plans, and warns if the server would revoke others
// for it. id is the ID of the token or of the existing one that it takes the place of, and 0
// for an additional one. A replacement with create_before_destroy needs one more.
func (s *session) planAppToken(m *authorizationModel, id int64, isReplaced bool) diag.Diagnostics {
	t := s.appTokens
	if !isSet(m.ClientID) || !hasKnownElements(m.Scopes) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	set := appTokenSetOf(m.ClientID.ValueString(), elements(m.Scopes))
	if id != 0 {
		t.move(id, set)
	} else {
		t.count[set]++
	}
	t.replaced[set] = t.replaced[set] || isReplaced
	isFull := t.count[set] == maxAppTokens && t.replaced[set]
	if t.count[set] <= maxAppTokens && !isFull || t.warned[set] {
		return nil
	}
	t.warned[set] = true
	summary := fmt.Sprintf("Too many tokens for the app %s", s.quoted(set.clientID))
	limit := fmt.Sprintf("The server of %s keeps at most %d tokens for one app and the same scopes", s.account, maxAppTokens)
	if isFull {
		return diag.Diagnostics{diag.NewWarningDiagnostic(summary, limit+". All of them are in use. A replacement with create_before_destroy temporarily creates one more, "+
			"and the server then revokes the oldest one. Keep at most 9, or replace the token without create_before_destroy.")}
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic(summary, fmt.Sprintf(
		"%s. If the apply creates more, the server revokes the oldest ones, including tokens that Terraform does not manage. "+
			"This plan and the server together have at least %d. Declare fewer tokens, or give some of them other scopes. With create_before_destroy, keep at most 9.", limit, t.count[set]))}
}
