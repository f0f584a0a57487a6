package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// What an action revokes cannot be had back, and the CLIs validate arguments only
// while they may still be unknown: actions check theirs again before they act.

// checkAppID checks a client ID that says whose tokens go. Empty, or that of all
// personal access tokens, it would say that of tokens that nobody has in mind.
func checkAppID(clientID types.String, diags *diag.Diagnostics) {
	at := path.Root("client_id")
	switch id := clientID.ValueString(); {
	case !isKnown(clientID):
	case strings.TrimSpace(id) == "":
		diags.AddAttributeError(at, "Empty client_id", "An empty client ID is that of no app. Leave client_id out, or set it to null, to select by something else.")
	case utf8.RuneCountInString(id) > maxClientID:
		diags.AddAttributeError(at, "Invalid client_id", fmt.Sprintf("A client ID has %d characters at most.", maxClientID))
	case id == ghes.NoApp:
		diags.AddAttributeError(at, "Invalid client_id", "This is what the server shows for the app of every personal access token. They have no app, and no grant: "+
			"revoke them by note_prefix or older_than_days of ghes_revoke_authorizations.")
	}
}

// argument is one of an action's.
type argument struct {
	name  string
	value attr.Value
}

// unknownOf returns the names of those that are unknown.
func unknownOf(arguments ...argument) []string {
	var names []string
	for _, a := range arguments {
		if a.value.IsUnknown() {
			names = append(names, a.name)
		}
	}
	return names
}

// refuseUnknown adds an error for what an action needs to know.
func refuseUnknown(names []string, why string, diags *diag.Diagnostics) {
	for _, name := range names {
		diags.AddAttributeError(path.Root(name), "Unknown "+name,
			why+" Apply what the value comes from first, with -target, or set it to one that is known.")
	}
}

// progress returns what tells the CLI how an action goes on. After the run was
// interrupted nobody listens.
func progress(ctx context.Context, resp *action.InvokeResponse) func(format string, args ...any) {
	return func(format string, args ...any) {
		if ctx.Err() == nil {
			resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, args...)})
		}
	}
}

// mayHaveActed reports of a failed request that the server may have done what it
// was asked for. Of one that was interrupted nobody knows.
func mayHaveActed(err error) bool {
	e, ok := errors.AsType[*ghes.Error](err)
	return !ok || e.MayHaveActed()
}

// quoted returns what others have chosen fit to print: without secrets, and in
// quotes, or it could pass for the next line, or command the terminal.
func (c *runClient) quoted(text string) string {
	return fmt.Sprintf("%q", c.Secrets().Mask(text))
}
