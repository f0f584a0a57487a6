package provider

import (
	"regexp"
	"testing"

	"filippo.io/age"
)

// setVariable matches each variable that a guide's commands set.
var setVariable = regexp.MustCompile(`\b([A-Za-z_]+)=`)

// The guide's configuration works as it stands, with the settings of the guide. The CLI prints the texts that the guide
// shows, and Vault has the token.
func TestGuides_firstRotatedToken(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim, identity := newInstance(t), must(age.GenerateX25519Identity())
	w := newBinaryWorkspace(t, example(t, "guides/first-rotated-token/main.tf"))
	v := w.withVault(t)
	settings := map[string]string{
		"GHES_BASE_URL": sim.url, "GHES_USERNAME": testUser, "GHES_PASSWORD": testPassword,
		"TF_VAR_age_recipient": identity.Recipient().String(), envAgeIdentity: identity.String(),
	}
	for _, variable := range setVariable.FindAllStringSubmatch(guideText(t, "first-rotated-token"), -1) {
		if value, ok := settings[variable[1]]; ok {
			w.env = append(w.env, variable[1]+"="+value)
		}
	}
	outputs := guideOutputs(t, "first-rotated-token", 2)
	showsOutput(t, w.must(0, "apply", "-auto-approve"), outputs[0])
	showsOutput(t, w.must(0, "plan", "-detailed-exitcode"), outputs[1])
	a := sim.Authorizations()[0]
	if stored, _ := v.get("deploy/ghes"); stored.token != a.Token {
		t.Errorf("the vault has %q, not the token", stored.token)
	}
	for _, secret := range []string{a.Token, identity.String(), testPassword} {
		if found := w.find(secret); len(found) > 0 {
			t.Errorf("%s is in %q", secret, found)
		}
	}
	v.removeAll()
	w.must(0, "apply", "-auto-approve") // writes the token again
	if stored, _ := v.get("deploy/ghes"); stored.token != a.Token {
		t.Errorf("the vault has %q, not the token", stored.token)
	}
	w.must(0, "destroy", "-auto-approve")
	if left := sim.Authorizations(); len(left) > 0 {
		t.Errorf("left: %+v", left)
	}
}
