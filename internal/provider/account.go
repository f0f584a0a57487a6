package provider

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// account is a user of a server. An ID means nothing without it: another server,
// and another user, may have something else with the same ID. States hold it as
// JSON, so its keys stay as they are.
type account struct {
	// Host is the server, as serverName returns it.
	Host string `json:"host,omitempty"`
	// User is the username as it was configured.
	User string `json:"user,omitempty"`
}

// account returns the zero value while base_url or username is unknown.
func (s *settings) account() account {
	if s.baseURL == nil || s.username == "" {
		return account{}
	}
	return account{Host: serverName(s.baseURL), User: s.username}
}

// serverName returns the same text for every spelling of a server's address, such as
// "ghe.example.com/a". It has the host in lower case, the port unless it is the default
// of the scheme, and the path without /api/v3.
func serverName(baseURL *url.URL) string {
	defaultPort := map[string]string{"https": ":443", "http": ":80"}[baseURL.Scheme]
	host := strings.TrimSuffix(strings.ToLower(baseURL.Host), defaultPort)
	path := strings.TrimSuffix(strings.TrimRight(baseURL.Path, "/"), "/api/v3")
	return strings.TrimSuffix(host, ".") + path // DNS names may end in a dot
}

// String names the user and the server.
func (a account) String() string { return fmt.Sprintf("user %q on %s", a.User, a.Host) }

// differs reports whether both accounts are known and not the same. The server
// ignores the case of usernames.
func (a account) differs(other account) bool {
	known := a != account{} && other != account{}
	return known && (a.Host != other.Host || !strings.EqualFold(a.User, other.User))
}

const wrongAccountAdvice = "Set base_url and username to that server and user. If you manage several accounts, add a provider block with an alias, and select it with the provider argument of the resource. " +
	"To stop managing the resource and leave everything on the server as it is, run terraform state rm ADDRESS."

// notFoundInAccountError is for an authorization that the server does not find
// while the provider uses another account than the state. It may exist in that one.
func notFoundInAccountError(id int64, stored, current account) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to read authorization", fmt.Sprintf(
		"The state records another account for %s: %s. The provider is configured for %s, where no authorization has this ID. Nothing was changed.\n\n%s",
		fmt.Sprintf("authorization %d", id), stored, current, wrongAccountAdvice))
}

// wrongAccountError refuses an action on an ID of another account. objects names
// them, such as "authorization 7".
func wrongAccountError(action, objects string, stored, current account) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to "+action, fmt.Sprintf(
		"The state records another account for %s: %s. The provider is configured for %s, where the same ID may be something else. Nothing was sent.\n\n%s\n\n"+
			"If the hostname of the server has changed, run terraform apply -refresh-only to record the current one in the state. Then plan again, without -refresh=false.",
		objects, stored, current, wrongAccountAdvice))
}

// idReusedError is for a read that returned another authorization than the one in
// state m.
func idReusedError(m *tokenModel, a *ghes.Authorization, stored, current account) diag.Diagnostic {
	where := "The request was sent as " + current.String()
	if stored.differs(current) {
		where += ". According to the state, the authorization belongs to " + stored.String()
	}
	return diag.NewErrorDiagnostic("Unable to read authorization", fmt.Sprintf(
		"%s. %s. Nothing was changed.\n\n%s", describeIDReuse(m, a), where, wrongAccountAdvice))
}

// updatedReusedIDError is for an update whose response shows that the server
// changed another authorization than the one in state m.
func updatedReusedIDError(m *tokenModel, a *ghes.Authorization) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to update authorization", fmt.Sprintf(
		"%s. Only the response to the update showed this, so the server has already changed that authorization as planned. Check it on the server. "+
			"The state was not changed. Plan again, without -refresh=false.", describeIDReuse(m, a)))
}

func describeIDReuse(m *tokenModel, a *ghes.Authorization) string {
	return fmt.Sprintf("Authorization %d is not the one in state, which was created at %s. This one was created at %s",
		a.ID, m.CreatedAt.ValueString(), formatTime(a.CreatedAt))
}

// isIDReused reports whether a was created at another time than the authorization
// in state m, if both times are known. A server that restarts its IDs, or a restored
// backup, gives an ID to a new authorization.
func (m *tokenModel) isIDReused(a *ghes.Authorization) bool {
	created, err := time.Parse(time.RFC3339, m.CreatedAt.ValueString())
	return err == nil && !a.CreatedAt.IsZero() && !sameSecond(created, a.CreatedAt)
}

// sameSecond compares times of the server. It may leave out the fraction of a
// second in one response and not in another.
func sameSecond(a, b time.Time) bool { return a.Unix() == b.Unix() }

// accountKey is the key of the account in the private state of a resource other
// than an authorization. Authorizations have it in their privateData. The value is
// an earlier name, which states hold.
const accountKey = "owner"

func saveAccount(ctx context.Context, private privateState, a account, diags *diag.Diagnostics) {
	setPrivateJSON(ctx, private, accountKey, a, diags)
}

// loadAccount returns the zero value if the private state has no account.
func loadAccount(ctx context.Context, private privateState, diags *diag.Diagnostics) account {
	a, err := getPrivateJSON[account](ctx, private, accountKey, diags)
	if err != nil {
		diags.AddError("Unable to read the private state", "The account in it is not valid: "+err.Error())
	}
	return a
}
