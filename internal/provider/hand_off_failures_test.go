package provider

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

const (
	replaceCI = "-replace=ghes_authorization.ci"
	// outdated is how each example's check ends a run whose consumer does not have the token.
	outdated = "Run: terraform apply " + replaceCI
)

// handOffRun is a consumer of the token of ghes_authorization.ci.
type handOffRun struct {
	*workspace
	sim   *instance
	store *secretStore
}

// handOffWay is a way in which the token gets to its consumer: an example of the guides, or one
// without its check.
type handOffWay struct {
	config   string
	actions  bool              // the consumer is a secret of GitHub Actions, not one of Vault
	newSDK   bool              // its provider keeps the prior state if an update fails
	stored   bool              // the state has the token
	outcomes map[string]string // of the next plain apply after each failure
	openTofu map[string]string // those that differ on OpenTofu
}

// Outcomes of an apply.
const (
	repaired = "repaired" // the consumer has the token
	refused  = "refused"  // the apply fails, and says how to repair it
	delayed  = "delayed"  // the apply succeeds, and the next plan fails like this
	unseen   = "unseen"   // the apply succeeds, but the consumer has no token that works
)

var (
	uncheckedVault = regexp.MustCompile(`(?ms)^ephemeral "vault_kv_secret_v2".*?^}\n`)
	guard          = regexp.MustCompile(`coalesce\((\S+), ".*?"\)`)
	checkOfActions = regexp.MustCompile(`(?ms)^  lifecycle \{\n    postcondition .*?^  }\n`)
)

func handOffWays(t *testing.T) map[string]handOffWay {
	t.Helper()
	decrypted := example(t, "guides/decrypting-hand-off/main.tf")
	memory := example(t, "ephemeral-resources/ghes_authorization_token/ephemeral-resource.tf")
	unchecked := guard.ReplaceAllString(uncheckedVault.ReplaceAllString(memory, ""), "$1")
	actions := example(t, "guides/actions-secret/main.tf")
	var late map[string]string // OpenTofu 1.12 checks the secret in the next run
	if !cliOlderThan("1.12") {
		late = map[string]string{"create": delayed, "target": delayed, "rename": delayed, "deletion": delayed}
	}
	return map[string]handOffWay{
		"decrypted": {
			config:   decrypted,
			outcomes: map[string]string{"create": repaired, "update": refused, "target": refused, "rename": repaired, "deletion": repaired},
			openTofu: map[string]string{"target": repaired},
		},
		"decrypted, new SDK": {
			config: decrypted, newSDK: true,
			outcomes: map[string]string{"update": refused},
			openTofu: map[string]string{"update": repaired},
		},
		"sealed box": {
			config: actions, actions: true,
			outcomes: map[string]string{"create": repaired, "update": refused, "target": refused, "rename": repaired, "deletion": repaired},
		},
		"sealed box, unchecked": {
			config: checkOfActions.ReplaceAllString(actions, ""), actions: true,
			outcomes: map[string]string{"update": unseen},
		},
		"memory": {
			config:   memory,
			outcomes: map[string]string{"create": refused, "update": refused, "target": refused, "rename": refused, "deletion": refused},
			openTofu: late,
		},
		"state, unchecked": {
			config:   strings.NewReplacer("  store_token = false\n", "", "ephemeral.ghes", "ghes", "_token.ci", ".ci").Replace(unchecked),
			outcomes: map[string]string{"create": repaired, "update": unseen}, stored: true,
		},
		"memory, unchecked": {
			config:   unchecked,
			outcomes: map[string]string{"create": unseen, "update": unseen, "target": unseen, "rename": unseen, "deletion": unseen},
		},
	}
}

// handOffFailures leave a consumer without the current token.
var handOffFailures = map[string]func(r *handOffRun){
	"create": func(r *handOffRun) {
		r.store.seal(true)
		contains(r.t, r.must(1, "apply", "-auto-approve"), "the store is sealed")
		r.store.seal(false)
	},
	"update": func(r *handOffRun) {
		r.must(0, "apply", "-auto-approve")
		r.sim.advance(1)
		r.store.seal(true)
		contains(r.t, r.must(1, "apply", "-auto-approve", replaceCI), "the store is sealed")
		r.store.seal(false)
		if a, _ := r.sim.Authorization(1); a.Token != r.store.tokens()[0] {
			r.t.Error("the token that is in use was revoked")
		}
	},
	"target": func(r *handOffRun) { // revokes the token that the consumer has
		r.must(0, "apply", "-auto-approve")
		r.sim.advance(1)
		r.must(0, "apply", "-auto-approve", replaceCI, "-target=ghes_authorization.ci")
		if a, _ := r.sim.Authorization(r.sim.only()); a.ID == 1 {
			r.t.Error("the previous token was not revoked")
		}
	},
	"rename": func(r *handOffRun) {
		r.must(0, "apply", "-auto-approve")
		r.write("main.tf", strings.NewReplacer(`"ci/ghes"`, `"ci/renamed"`, `"GHES_TOKEN"`, `"RENAMED"`).Replace(r.read("main.tf")))
	},
	"deletion": func(r *handOffRun) {
		r.must(0, "apply", "-auto-approve")
		r.store.removeAll()
	},
}

// The apply after a failure does what the guides say, for each method. A replacement of the
// authorization repairs all of them.
func TestHandOff_failures(t *testing.T) {
	t.Parallel()
	for name, way := range handOffWays(t) {
		for failure, outcome := range way.outcomes {
			if onOpenTofu() && way.openTofu[failure] != "" {
				outcome = way.openTofu[failure]
			}
			t.Run(name+", "+failure, func(t *testing.T) {
				t.Parallel()
				r := newHandOffRun(t, way)
				handOffFailures[failure](r)
				r.checkOutcome(outcome, failure)
				if outcome != unseen && slices.Contains(r.store.tokens(), "") {
					t.Error("null was written")
				}
				if outcome != repaired {
					r.must(0, "apply", "-auto-approve", replaceCI)
				}
				r.store.has(t, r.sim, len(r.store.tokens()))
				r.must(0, "plan", "-detailed-exitcode")
			})
		}
	}
}

// checkOutcome applies without an option, and checks the outcome.
func (r *handOffRun) checkOutcome(outcome, failure string) {
	r.t.Helper()
	if outcome == refused {
		before := r.sim.Authorizations()
		contains(r.t, r.must(1, "apply", "-auto-approve"), outdated)
		if now := r.sim.Authorizations(); len(now) != len(before) {
			r.t.Errorf("the server has %+v, want %+v", now, before)
		}
		return
	}
	output := r.must(0, "apply", "-auto-approve")
	if outcome == delayed {
		contains(r.t, r.must(1, "plan"), outdated)
		return
	}
	r.must(0, "plan", "-detailed-exitcode")
	if outcome == unseen {
		if failure == "update" {
			contains(r.t, output, "0 to add, 0 to change, 1 to destroy")
		}
		tokens := r.store.tokens()
		if a, _ := r.sim.Authorization(r.sim.only()); a.Token == tokens[len(tokens)-1] {
			r.t.Error("the consumer has the token")
		}
	}
}

// newHandOffRun prepares a workspace with the consumer. At the end of the test nothing that the
// CLI wrote may have a token or the identity.
func newHandOffRun(t *testing.T, way handOffWay) *handOffRun {
	t.Helper()
	needsCLI(t, "1.11")
	sim, identity := newInstance(t), must(age.GenerateX25519Identity())
	r := &handOffRun{sim: sim}
	if way.actions {
		r.workspace = newBinaryWorkspace(t, requiring("integrations/github", sim.config(way.config)))
		r.store = &r.withGitHub(t, sim.now).secretStore
	} else {
		r.workspace = newBinaryWorkspace(t, requiringVault(sim.config(way.config)))
		r.store = &r.withVault(t).secretStore
		r.store.storesPlanned = !way.newSDK
		r.env = append(r.env, "TF_VAR_age_recipient="+identity.Recipient().String(), envAgeIdentity+"="+identity.String())
	}
	if way.stored {
		return r
	}
	t.Cleanup(func() {
		for _, secret := range append(r.store.tokens(), identity.String()) {
			if secret == "" || strings.HasPrefix(secret, "lost") { // written without a token
				continue
			}
			if found := r.find(secret); len(found) > 0 {
				t.Errorf("%s is in %q", secret, found)
			}
		}
	})
	return r
}
