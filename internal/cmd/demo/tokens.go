package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// stored is the file that the consumer in steps/store.tf writes.
const stored = "stored-token"

// newest returns the authorization that was created last.
func (d *demo) newest() ghessim.Authorization {
	all := d.instance.Authorizations()
	return all[len(all)-1]
}

func (d *demo) byApp(ctx context.Context) {
	d.detail("\nThe app's client ID and secret come from the environment: TF_VAR_client_id and TF_VAR_client_secret.\n")
	d.addFile("app.tf")
	d.terraform(ctx, 0, "apply", "-auto-approve")
	put := fmt.Sprintf("PUT %s/clients/%s/builder-1", authorizations, d.instance.app.ClientID)
	written := slices.DeleteFunc(fromProvider(d.sent()), func(r ghessim.Request) bool { return r.Method == "GET" })
	d.expect(summary(written) == put, "one request created it: "+put, summary(written))
	granted := d.instance.Grants()
	d.must(len(granted) == 1 && slices.Equal(granted[0].Scopes, []string{"repo"}), "the user has granted the app what its token may do", granted)
	d.expect(d.inState(d.newest().Token), "the state has the token, and the user has granted the app what the token may do", "another token")
}

func (d *demo) encrypt(ctx context.Context) {
	d.addFile("deploy.tf")
	d.terraform(ctx, 0, "apply", "-auto-approve")
	d.expect(d.inState("BEGIN AGE ENCRYPTED FILE") && !d.inState(d.newest().Token), "the state has the token encrypted, and not in clear", "something else")
}

func (d *demo) handOff(ctx context.Context) {
	if d.cli.version.LessThan(version.Must(version.NewVersion("1.11"))) {
		d.say("  This takes Terraform or OpenTofu 1.11, and is left out with %s.\n", d.cli.version)
		return
	}
	d.handed = true
	d.addFile("store.tf")
	d.terraform(ctx, 0, "plan", "-out=store.tfplan")
	d.terraform(ctx, 0, "apply", "store.tfplan")
	d.expectStored("the consumer has the token that the server created in the step before")
	planned := d.secretly(ctx, "show", "-json", "store.tfplan")
	token := d.newest().Token
	d.must(strings.Contains(planned, d.made.Token) && d.inState(d.made.Token), "plan file and state have the token of main.tf", "another one")
	d.expect(!strings.Contains(planned, token) && !d.inState(token), "neither plan file nor state has it; the same search finds the token of main.tf", "one that has")
	d.say("  Someone deletes the consumer's file.\n")
	d.check(os.Remove(filepath.Join(d.cli.Dir, stored)))
	d.terraform(ctx, 0, "apply", "-auto-approve", "-replace=terraform_data.store")
	d.expectStored("the consumer that was created again has the token, too")
}

// expectStored checks that the consumer, if there is one, has the newest token.
func (d *demo) expectStored(claim string) {
	if d.handed {
		d.expect(d.read(stored) == d.newest().Token, claim, "another token")
	}
}

func (d *demo) rotate(ctx context.Context) {
	previous := d.newest()
	d.advance(90)
	d.terraform(ctx, 0, "apply", "-auto-approve")
	current := d.newest()
	d.must(current.ID != previous.ID, "there is a new token", "none")
	d.must(!d.inState(previous.Token) && !d.inState(current.Token), "the state has neither token in clear", "one")
	d.expectAccepted(ctx, "the server accepts both tokens, and the state has neither in clear", []bool{true, true}, previous, current)
	d.expectStored("the consumer has the new token")
	d.advance(91)
	d.terraform(ctx, 0, "plan", "-detailed-exitcode")
	d.expect(true, "the plan is empty during the overlap", nil)
	d.advance(97)
	d.terraform(ctx, 0, "apply", "-auto-approve")
	d.expectAccepted(ctx, "the server refuses the previous token, and accepts the current one", []bool{false, true}, previous, current)
}

// expectAccepted uses the token of each authorization on the server.
func (d *demo) expectAccepted(ctx context.Context, claim string, want []bool, all ...ghessim.Authorization) {
	var accepted []bool
	for _, a := range all {
		// A server takes a token in place of the username.
		response := d.send(ctx, "GET", "/api/v3/meta", "", a.Token, "x-oauth-basic")
		d.check(response.Body.Close())
		accepted = append(accepted, response.StatusCode == 200)
	}
	d.expect(slices.Equal(accepted, want), claim, accepted)
}
