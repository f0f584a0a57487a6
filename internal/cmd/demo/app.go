package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// byFingerprint is what declares the token of an OAuth app.
const byFingerprint = "ghes_authorization_fingerprint.builder"

// appConfiguration comes with the step that shows it, since its app is not the
// newcomer's first need.
const appConfiguration = `variable "client_id" {}

variable "client_secret" {
  sensitive = true
}

resource "ghes_authorization_fingerprint" "builder" {
  client_id     = var.client_id
  client_secret = var.client_secret
  fingerprint   = "builder-1"
  scopes        = ["repo"]
}

data "ghes_grant" "app" {
  client_id  = var.client_id
  depends_on = [ghes_authorization_fingerprint.builder]
}

output "granted" {
  value = "${data.ghes_grant.app.app.name}: ${join(", ", data.ghes_grant.app.scopes)}"
}
`

func (d *demo) byApp(ctx context.Context) {
	d.say("\nThe app's client ID and secret come from the environment: TF_VAR_client_id and TF_VAR_client_secret.\n")
	d.writeFile("app.tf", appConfiguration)
	d.terraform(ctx, 0, "apply", "-auto-approve")
	put := fmt.Sprintf("PUT %s/clients/%s/builder-1", authorizations, d.instance.app.ClientID)
	written := slices.DeleteFunc(fromProvider(d.sent()), func(r ghessim.Request) bool { return r.Method == "GET" })
	d.expect(summary(written) == put, "one request made it: "+put, summary(written))
	all := d.instance.Authorizations()
	made := all[len(all)-1]
	tokens := d.tokensInState(ctx)
	d.expect(tokens[byFingerprint] == made.Token, "the state has the token that the server made", mask(tokens[byFingerprint]))
	granted := d.instance.Grants()
	d.expect(len(granted) == 1 && slices.Equal(granted[0].Scopes, []string{"repo"}), "the user has granted the app what its token may do", granted)
}
