package provider

import (
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"
)

// handOffRecipe prepares a workspace with a recipe of the guide, and a stand-in for its store.
func handOffRecipe(t *testing.T, store, recipe string) (*instance, *workspace, *cloudStore) {
	t.Helper()
	needsCLI(t, "1.11")
	sim, identity := newInstance(t), must(age.GenerateX25519Identity())
	// The provider runs in this process, so the identity is not in its environment.
	token := strings.Replace(example(t, "guides/hand-off-recipes/token.tf"), "  encrypted_token =", "  age_identity = var.identity\n  encrypted_token =", 1)
	config := sim.config(token + recipe + "variable \"identity\" { sensitive = true }\n")
	w := newWorkspace(t, requiring("hashicorp/"+store, config), WithClock(sim.now))
	w.env = append(w.env, "TF_VAR_age_recipient="+identity.Recipient().String(), "TF_VAR_identity="+identity.String())
	return sim, w, w.withCloudStore(t, store)
}

// hasCurrent wants the store to have the current token.
func (c *cloudStore) hasCurrent(t *testing.T, sim *instance, w *workspace) {
	t.Helper()
	current, _ := sim.Authorization(w.rotating().ID)
	tokens := c.tokens()
	if len(tokens) == 0 || tokens[len(tokens)-1] != current.Token {
		t.Errorf("the store has %q, not the token of authorization %d", tokens, current.ID)
	}
}

// Each store gets each token, also after a write that failed or a deletion, and nothing else has it.
func TestGuides_handOffRecipes(t *testing.T) {
	t.Parallel()
	for store, recipe := range map[string]string{
		"aws":        example(t, "guides/hand-off-recipes/aws.tf"),
		"kubernetes": example(t, "guides/hand-off-recipes/kubernetes.tf"),
	} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			sim, w, c := handOffRecipe(t, store, recipe)
			c.seal(true)
			contains(t, w.must(1, "apply", "-auto-approve"), "the store is sealed")
			c.seal(false)
			w.must(0, "apply", "-auto-approve")
			c.hasCurrent(t, sim, w)
			w.must(0, "plan", "-detailed-exitcode")

			sim.advance(90)
			contains(t, w.must(0, "apply", "-auto-approve"), "1 added, 1 changed, 1 destroyed")
			c.hasCurrent(t, sim, w)
			sim.checkIDs(t, 1, 2) // the previous token is valid

			sim.advance(90)
			w.must(0, "apply", "-auto-approve") // revokes the previous token and rotates
			c.seal(true)
			sim.advance(90)
			contains(t, w.must(1, "apply", "-auto-approve"), "the store is sealed")
			c.seal(false)
			w.must(0, "apply", "-auto-approve")
			c.hasCurrent(t, sim, w)
			w.must(0, "plan", "-detailed-exitcode")

			c.removeAll()
			w.must(0, "apply", "-auto-approve")
			c.hasCurrent(t, sim, w)
			for _, token := range c.tokens() {
				if found := w.find(token); len(found) > 0 {
					t.Errorf("a token is in %q", found)
				}
			}
		})
	}
}

var replaceTriggered = regexp.MustCompile(`(?ms)^  lifecycle \{\n    replace_triggered_by.*?^  }\n`)

// Without the replacement, a failed update of the Secret is not noticed.
func TestGuides_handOffRecipesUpdate(t *testing.T) {
	t.Parallel()
	recipe := replaceTriggered.ReplaceAllString(example(t, "guides/hand-off-recipes/kubernetes.tf"), "")
	sim, w, c := handOffRecipe(t, "kubernetes", recipe)
	w.must(0, "apply", "-auto-approve")
	sim.advance(90)
	c.seal(true)
	w.must(1, "apply", "-auto-approve")
	c.seal(false)
	w.must(0, "plan", "-detailed-exitcode")
	if n := len(c.tokens()); n != 1 {
		t.Errorf("the store was written to %d times", n)
	}
}

// If somebody has changed the value in AWS, the next run fails, and its advice repairs it.
func TestGuides_handOffRecipesChanged(t *testing.T) {
	t.Parallel()
	sim, w, c := handOffRecipe(t, "aws", example(t, "guides/hand-off-recipes/aws.tf"))
	w.must(0, "apply", "-auto-approve")
	if err := c.put("arn:deploy/ghes", "changed", sim.now()); err != nil {
		t.Fatal(err)
	}
	showsOutput(t, w.must(1, "apply", "-auto-approve"), guideOutputs(t, "hand-off-recipes", 1)[0])
	w.must(0, "apply", "-auto-approve", "-replace=aws_secretsmanager_secret_version.deploy")
	c.hasCurrent(t, sim, w)
	w.must(0, "plan", "-detailed-exitcode")
}
