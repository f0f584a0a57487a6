package provider

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// A steady plan decrypts the token, is empty, and sends no request for that.
func TestDecryptingHandOff(t *testing.T) {
	t.Parallel()
	r := newHandOffRun(t, handOffWays(t)["decrypted"])
	r.must(0, "apply", "-auto-approve")
	r.store.has(t, r.sim, 1)
	r.sim.forget()
	r.must(0, "plan", "-detailed-exitcode")
	r.sim.checkRequests(t, fmt.Sprintf("GET /api/v3/authorizations/%d", r.sim.only()))
	r.must(0, "apply", "-auto-approve", replaceCI)
	r.store.has(t, r.sim, 2)
	r.must(0, "plan", "-detailed-exitcode")
}

// One of several identities decrypts the token, and so does an SSH key. age_identity takes
// precedence over the environment.
func TestDecryptingHandOff_identities(t *testing.T) {
	t.Parallel()
	identity, other := must(age.GenerateX25519Identity()), must(age.GenerateX25519Identity())
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sshKey := string(pem.EncodeToMemory(must(ssh.MarshalPrivateKey(key, ""))))
	sshRecipient := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(must(ssh.NewSignerFromKey(key)).PublicKey())))
	for name, test := range map[string]struct{ recipient, identity string }{
		"several": {identity.Recipient().String(), fmt.Sprintf("# first\n%s\n# second\n%s\n", other, identity)},
		"SSH":     {sshRecipient, sshKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newHandOffRun(t, handOffWays(t)["decrypted"])
			r.write("main.tf", strings.Replace(r.read("main.tf"), "  encrypted_token = ", "  age_identity    = var.identity\n  encrypted_token = ", 1)+"\nvariable \"identity\" {\n  sensitive = true\n}\n")
			r.env = append(r.env, "TF_VAR_age_recipient="+test.recipient, "TF_VAR_identity="+test.identity, envAgeIdentity+"="+other.String())
			r.must(0, "apply", "-auto-approve")
			r.store.has(t, r.sim, 1)
			r.must(0, "plan", "-detailed-exitcode")
			for _, line := range secretLines(test.identity) {
				if found := r.find(line); len(found) > 0 {
					t.Errorf("the identity is in %q", found)
				}
			}
		})
	}
}

// Wrong identities and ciphertexts are errors that repeat neither.
func TestDecryptingHandOff_refused(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	identity, other := must(age.GenerateX25519Identity()), must(age.GenerateX25519Identity())
	encrypted := must(must(ageTo(identity.Recipient().String()).encrypterTo("age_recipients", time.Now()))("made-up-token"))
	for name, test := range map[string]struct{ arguments, want string }{
		"both":             {`authorization_id = 1` + "\nencrypted_token = \"a\"", "Conflicting token sources"},
		"identity and ID":  {`authorization_id = 1` + fmt.Sprintf("\nage_identity = %q", identity), "Identity without encrypted_token"},
		"no identity":      {fmt.Sprintf("encrypted_token = %q", encrypted), "Missing age_identity"},
		"another identity": {fmt.Sprintf("encrypted_token = %q\nage_identity = %q", encrypted, other), "no identity in age_identity can decrypt it"},
		"damaged identity": {fmt.Sprintf("encrypted_token = %q\nage_identity = %q", encrypted, identity.String()[:50]), "Invalid age_identity"},
		"public key":       {fmt.Sprintf("encrypted_token = %q\nage_identity = %q", encrypted, identity.Recipient()), "it is a public key"},
		"other ciphertext": {fmt.Sprintf("encrypted_token = %q\nage_identity = %q", "aGVsbG8=", identity), "not an armored age file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, newInstance(t).config("ephemeral \"ghes_authorization_token\" \"test\" {\n"+test.arguments+"\n}\n"))
			output := w.must(1, "plan")
			contains(t, output, test.want)
			containsNone(t, output, identity.String(), other.String(), encrypted[60:120])
		})
	}
}

// The encrypted token of an imported authorization is null, and so is the token.
func TestDecryptingHandOff_imported(t *testing.T) {
	t.Parallel()
	r := newHandOffRun(t, handOffWays(t)["decrypted"])
	r.sim.AddAuthorization(ghessim.Authorization{Note: new("ci-1"), Scopes: []string{"repo"}})
	first, _, _ := strings.Cut(r.read("main.tf"), `resource "vault_kv_secret_v2"`)
	r.write("main.tf", first+`
output "available" {
  value = true
  precondition {
    condition     = !ephemeral.ghes_authorization_token.ci.available
    error_message = "It is available."
  }
}
`)
	r.must(0, "import", "ghes_authorization.ci", "1")
	r.must(0, "apply", "-auto-approve")
	if r.sim.only() != 1 {
		t.Errorf("server has %+v", r.sim.Authorizations())
	}
}
