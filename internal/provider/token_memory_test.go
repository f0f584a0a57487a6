package provider

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

// At the end of an apply the log names the authorizations whose token nothing has read and
// nothing stores.
func TestTokenMemories_lossWarning(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim, identity := newInstance(t), must(age.GenerateX25519Identity())
	w := newBinaryWorkspace(t, requiringVault(sim.config(`
resource "ghes_authorization" "unread" {
  count       = 2
  note        = "unread ${count.index}"
  store_token = false
}
resource "ghes_authorization" "read" {
  note        = "read"
  store_token = false
}
ephemeral "ghes_authorization_token" "read" {
  authorization_id = ghes_authorization.read.id
}
resource "vault_kv_secret_v2" "read" {
  mount                = "kv"
  name                 = "read"
  data_json_wo         = jsonencode({ token = ephemeral.ghes_authorization_token.read.token })
  data_json_wo_version = ghes_authorization.read.id
}
resource "ghes_authorization" "encrypted" {
  note          = "encrypted"
  encrypt_token = { age_recipients = ["`+identity.Recipient().String()+`"] }
}
resource "ghes_authorization" "stored" {
  note = "stored"
}
`)))
	w.withVault(t)
	w.env = append(w.env, "TF_LOG=WARN", "TF_LOG_PATH="+filepath.Join(w.dir, "log"))
	w.must(0, "plan")
	if log := w.read("log"); strings.Contains(log, "Token lost") {
		t.Errorf("a plan warns:\n%s", log)
	}
	w.must(0, "apply", "-auto-approve", "-parallelism=1")
	var unread []string
	for _, a := range sim.Authorizations() {
		if strings.HasPrefix(*a.Note, "unread") {
			unread = append(unread, fmt.Sprint(a.ID))
		}
	}
	log := w.read("log")
	contains(t, log, "[WARN]", "Token lost", "IDs of the authorizations: "+strings.Join(unread, ", ")+". ", "terraform apply -replace=ADDRESS")
	if strings.Count(log, "Token lost") != 1 {
		t.Errorf("want one warning:\n%s", log)
	}
	for _, a := range sim.Authorizations() {
		if *a.Note != "stored" && len(w.find(a.Token)) > 0 {
			t.Errorf("the token of %q is in %q", *a.Note, w.find(a.Token))
		}
	}
}
