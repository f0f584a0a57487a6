package provider

import (
	"encoding/json"
	"fmt"

	"filippo.io/age"
	"github.com/hashicorp/go-version"
)

const (
	// oddPassword has what has to be escaped in HCL, JSON, HTML, addresses and Go.
	oddPassword = `not"a'real\pass<word>&%41$größe;密码🔑`
	// otherClientID is an app whose secret is given as a write-only argument.
	otherClientID = "jihgfedcba0987654321"
	otherSecret   = "not-a-real-write-only-secret"
)

// leakBlocks are the configurations that secrets are hunted in, and the CLI that
// each needs. All of them wait for the first, which is created before faults begin.
var leakBlocks = []struct{ needs, config string }{
	{"1.8.0", `
resource "ghes_authorization" "first" {
  note     = "first"
  note_url = local.url
}`},
	{"1.8.0", `
resource "ghes_authorization" "personal" {
  note       = "personal"
  note_url   = local.url
  scopes     = ["repo"]
  depends_on = [ghes_authorization.first]
}`},
	{"1.8.0", `
resource "ghes_authorization" "app" {
  client_id     = local.client_id
  client_secret = local.client_secret
  fingerprint   = "app"
  note_url      = local.url
  depends_on    = [ghes_authorization.first]
}`},
	{"1.11.0", `
resource "ghes_authorization" "write_only" {
  client_id        = local.other_client_id
  client_secret_wo = local.other_client_secret
  note_url         = local.url
  depends_on       = [ghes_authorization.first]
}`},
	{"1.8.0", `
resource "ghes_authorization" "adopted" {
  note        = "elsewhere"
  note_url    = local.url
  on_existing = "adopt"
  depends_on  = [ghes_authorization.first]
}`},
	{"1.8.0", `
resource "ghes_authorization_fingerprint" "builder" {
  client_id     = local.client_id
  client_secret = local.client_secret
  fingerprint   = "builder"
  note_url      = local.url
  depends_on    = [ghes_authorization.first]
}`},
	{"1.8.0", `
resource "ghes_grants_exclusive" "this" {
  allowed_client_ids = [local.client_id, local.other_client_id, basename(local.url)]
  depends_on         = [ghes_authorization.first]
}`},
	{"1.8.0", `
data "ghes_authorization" "first" {
  note       = "first"
  depends_on = [ghes_authorization.first]
}
data "ghes_authorizations" "all" {
  depends_on = [ghes_authorization.first]
}
data "ghes_grant" "app" {
  client_id  = local.client_id
  depends_on = [ghes_authorization.first]
}
data "ghes_grants" "all" {
  depends_on = [ghes_authorization.first]
}`},
	{"1.11.0", `
resource "ghes_authorization" "hidden" {
  note_prefix         = "hidden-"
  note_url            = local.url
  store_token         = false
  rotate_when_changed = { url = local.url }
  depends_on          = [ghes_authorization.first]
  lifecycle { create_before_destroy = true }
}
ephemeral "ghes_authorization_token" "hidden" {
  authorization_id = ghes_authorization.hidden.id
}
resource "terraform_data" "hidden" {
  triggers_replace = ghes_authorization.hidden.id
  provisioner "local-exec" {
    command     = "test -n \"$TOKEN\" && echo \"$TOKEN\""
    environment = { TOKEN = ephemeral.ghes_authorization_token.hidden.token }
  }
}`},
	{"1.8.0", `
resource "ghes_rotating_authorization" "stored" {
  note_prefix         = "rotating-"
  note_url            = local.url
  rotate_after_days   = 30
  rotate_when_changed = { url = local.url }
  depends_on          = [ghes_authorization.first]
}
resource "ghes_rotating_authorization" "encrypted" {
  note_prefix         = "hidden-"
  note_url            = local.url
  rotate_after_days   = 30
  rotate_when_changed = { url = local.url }
  encrypt_token       = { age_recipients = [local.recipient] }
  depends_on          = [ghes_authorization.first]
}`},
	{"1.8.0", `
resource "ghes_authorization" "encrypted" {
  note_prefix   = "hidden-"
  note_url      = local.url
  encrypt_token = { age_recipients = [local.recipient] }
  depends_on    = [ghes_authorization.first]
}
output "encrypted" { value = ghes_authorization.encrypted.encrypted_token }`},
	{"1.11.0", `
ephemeral "ghes_authorization_token" "decrypted" {
  encrypted_token = ghes_authorization.encrypted.encrypted_token
}
ephemeral "ghes_authorization_token" "rotated" {
  encrypted_token = ghes_rotating_authorization.encrypted.encrypted_token
}
resource "terraform_data" "rotated" {
  triggers_replace = ghes_rotating_authorization.encrypted.id
  provisioner "local-exec" {
    command     = "test -n \"$TOKEN\" && echo \"$TOKEN\""
    environment = { TOKEN = ephemeral.ghes_authorization_token.rotated.token }
  }
}
resource "terraform_data" "decrypted" {
  triggers_replace = ghes_authorization.encrypted.id
  provisioner "local-exec" {
    command     = "test -n \"$TOKEN\" && echo \"$TOKEN\""
    environment = { TOKEN = ephemeral.ghes_authorization_token.decrypted.token }
  }
}`},
	{"1.8.0", `
output "hash" { value = nonsensitive(provider::ghes::token_sha256(ghes_authorization.first.token)) }
output "end" { value = nonsensitive(provider::ghes::token_last_eight(ghes_authorization.first.token)) }`},
	{"1.11.0", `
ephemeral "ghes_authorization" "once" {
  note_prefix   = "hidden-"
  note_url      = local.url
  client_id     = local.client_id
  client_secret = local.client_secret
  defer_until   = ghes_authorization.first.id
}
resource "terraform_data" "once" {
  triggers_replace = local.url
  provisioner "local-exec" {
    command     = "test -n \"$TOKEN\" && echo \"$TOKEN\""
    environment = { TOKEN = ephemeral.ghes_authorization.once.token }
  }
}`},
	{"1.11.0", `
ephemeral "ghes_impersonation_token" "acting" {
  username    = "hubot"
  scopes      = ["repo"]
  defer_until = ghes_authorization.first.id
}
resource "terraform_data" "acting" {
  triggers_replace = local.url
  provisioner "local-exec" {
    command     = "test -n \"$TOKEN\" && echo \"$TOKEN\""
    environment = { TOKEN = ephemeral.ghes_impersonation_token.acting.token }
  }
}`},
}

// leakIdentity decrypts the encrypted token. The provider has it from the environment.
var leakIdentity = must(age.GenerateX25519Identity())

// leakConfig is all of leakBlocks that the CLI understands. Without a password it
// is the environment's. url is what makes a second configuration differ.
func leakConfig(base, password, url string) string {
	literal := []byte("null")
	if password != "" {
		literal, _ = json.Marshal(password) // HCL reads strings of JSON
	}
	config := requiredProviders + fmt.Sprintf(`
provider "ghes" {
  base_url = %q
  username = %q
  password = %s
}
locals {
  url                 = %q
  client_id           = %q
  client_secret       = %q
  other_client_id     = %q
  other_client_secret = %q
  recipient           = %q
}
`, base, testUser, literal, url, testClientID, testSecret, otherClientID, otherSecret, leakIdentity.Recipient())
	for _, block := range leakBlocks {
		if cliVersion.GreaterThanOrEqual(version.Must(version.NewVersion(block.needs))) {
			config += block.config + "\n"
		}
	}
	return config
}
