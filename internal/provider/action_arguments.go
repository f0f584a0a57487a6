package provider

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

// A revocation cannot be undone, and the CLIs validate arguments only while they may be
// unknown. So actions validate their arguments again before they send a request.

// checkAppID checks a client ID that selects the tokens to revoke. An empty one, or the
// one that all personal access tokens have, would select other tokens than intended.
func checkAppID(clientID types.String, diags *diag.Diagnostics) {
	at := path.Root("client_id")
	switch id := clientID.ValueString(); {
	case !isKnown(clientID):
	case strings.TrimSpace(id) == "":
		diags.AddAttributeError(at, "Empty client_id", "No OAuth app has an empty client ID. To select by another argument, remove client_id or set it to null.")
	case utf8.RuneCountInString(id) > maxClientID:
		diags.AddAttributeError(at, "Invalid client_id", fmt.Sprintf("A client ID has at most %d characters. Set client_id to the client ID of an OAuth app.", maxClientID))
	case id == ghes.NoApp:
		diags.AddAttributeError(at, "Invalid client_id", "The server shows this client ID for every personal access token. These tokens have no OAuth app and no grant. "+
			"Revoke them with note_prefix or older_than_days of ghes_revoke_authorizations.")
	}
}

// actionArgument is an argument of an action.
type actionArgument struct {
	name  string
	value attr.Value
}

// unknownNames returns the names of the arguments that are unknown.
func unknownNames(arguments ...actionArgument) []string {
	var names []string
	for _, a := range arguments {
		if a.value.IsUnknown() {
			names = append(names, a.name)
		}
	}
	return names
}

// refuseUnknown adds an error for each of these arguments. why says why it must be known.
func refuseUnknown(names []string, why string, diags *diag.Diagnostics) {
	for _, name := range names {
		diags.AddAttributeError(path.Root(name), "Unknown "+name,
			why+" First apply the resource that the value comes from, with -target, or set a known value.")
	}
}

// progressFunc returns the function that sends progress messages of an action to the
// CLI. It sends none after the run was interrupted, because the CLI does not read them.
func progressFunc(ctx context.Context, resp *action.InvokeResponse) func(format string, args ...any) {
	return func(format string, args ...any) {
		if ctx.Err() == nil {
			resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, args...)})
		}
	}
}

// mayHaveActed reports whether the server may have executed a request that failed or was
// interrupted.
func mayHaveActed(err error) bool {
	e, ok := errors.AsType[*ghes.Error](err)
	return !ok || e.MayHaveActed()
}

// maxQuoted is how many characters of a value that the server stores are printed.
const maxQuoted = 200

// quoted makes a value that the server stores fit to print: without secrets and
// invisible characters, in quotes, and cut if it is long.
func (s *session) quoted(value string) string { return quote(s.Secrets(), value) }

// quote is quoted for errors from before there is a session.
func quote(secrets *redact.Secrets, value string) string {
	return strconv.Quote(secrets.Sanitize(value, maxQuoted))
}

// maxQuotedValues is how many values of a list that the server stores are printed.
const maxQuotedValues = 20

// quotedList is quoted for a list of values. It leaves out those that are too many.
func (s *session) quotedList(values []string) string {
	printed := values[:min(len(values), maxQuotedValues)]
	quoted := make([]string, 0, len(printed)+1)
	for _, value := range printed {
		quoted = append(quoted, s.quoted(value))
	}
	if more := len(values) - len(printed); more > 0 {
		quoted = append(quoted, fmt.Sprintf("and %d more", more))
	}
	return "[" + strings.Join(quoted, " ") + "]"
}
