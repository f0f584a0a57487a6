package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// owner is whose things the numbers of a state are: on another server, or of
// another user, the same number is something else.
type owner struct {
	// Host is that of base_url, in lower case, with its port if that is not the
	// scheme's own.
	Host string `json:"host,omitempty"`
	// User is the user's name as it was given.
	User string `json:"user,omitempty"`
}

func (s *settings) owner() owner {
	if s.baseURL == nil || s.username == "" {
		return owner{}
	}
	// The same server may be written with its port, and with the root's dot.
	port := map[string]string{"https": ":443", "http": ":80"}[s.baseURL.Scheme]
	host := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(s.baseURL.Host), port), ".")
	return owner{Host: host, User: s.username}
}

// String names the user and the server.
func (o owner) String() string { return fmt.Sprintf("user %q on %s", o.User, o.Host) }

// differs reports that both are known and not the same. Logins ignore case.
func (o owner) differs(other owner) bool {
	known := o != owner{} && other != owner{}
	return known && (o.Host != other.Host || !strings.EqualFold(o.User, other.User))
}

const ownerAdvice = "Set base_url and username to where they belong, in this provider block or in one with an alias that the resource refers to with provider. " +
	"To forget about the resource, and leave what it stands for as it is, run terraform state rm with its address."

// notFoundError is for what is not there where somebody else's settings look for
// it.
func notFoundError(id int64, recorded, asked owner) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to read authorization", fmt.Sprintf(
		"Authorization %d is recorded as that of %s. The provider asked as %s, where there is none of this number: that does not mean that it was deleted. Nothing was changed in the state.\n\n%s",
		id, recorded, asked, ownerAdvice))
}

// ownerError is for an action that would meet whatever has the number elsewhere.
func ownerError(action, what string, recorded, asking owner) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to "+action, fmt.Sprintf(
		"%s recorded as of %s, and the provider is set to %s, where the same number may be something else. Nothing was sent.\n\n%s\n\n"+
			"If the server only has a new name, run apply -refresh-only, which takes note of it, and plan anew. A saved plan, and one with -refresh=false, knows the old name only.",
		what, recorded, asking, ownerAdvice))
}

// strangerError is for an authorization that was not made when the one of the
// state was.
func strangerError(m *authorizationModel, a *ghes.Authorization, recorded, asked owner) diag.Diagnostic {
	where := "as " + asked.String()
	if recorded.differs(asked) {
		where += ", while the one in the state is recorded as that of " + recorded.String()
	}
	return diag.NewErrorDiagnostic("Unable to read authorization", fmt.Sprintf(
		"Authorization %d is another one than that in the state, which was made at %s: it was made at %s. The provider asked %s. Nothing was changed.\n\n%s",
		a.ID, m.CreatedAt.ValueString(), a.CreatedAt.UTC().Format(time.RFC3339), where, ownerAdvice))
}

// changedStrangerError is for an update of what turned out to be something else.
func changedStrangerError(m *authorizationModel, a *ghes.Authorization) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unable to update authorization", fmt.Sprintf(
		"Authorization %d is another one than that in the state, which was made at %s: it was made at %s. It has been changed to what was planned, since only the answer told: look at it on the server. "+
			"The state is as it was. Plan anew, with a refresh.",
		a.ID, m.CreatedAt.ValueString(), a.CreatedAt.UTC().Format(time.RFC3339)))
}

// isStranger reports that a was made at another time than the authorization of
// the state m, where both are known.
func (m *authorizationModel) isStranger(a *ghes.Authorization) bool {
	made, err := time.Parse(time.RFC3339, m.CreatedAt.ValueString())
	return err == nil && !a.CreatedAt.IsZero() && !made.Equal(a.CreatedAt)
}

// ownerKey is where the private state of a resource that is no authorization has
// its owner.
const ownerKey = "owner"

func recordOwner(ctx context.Context, private privateState, o owner, diags *diag.Diagnostics) {
	if err := storePrivate(ctx, private, ownerKey, o, diags); err != nil {
		diags.AddError("Unable to write the private state", err.Error())
	}
}

// recordedOwner returns the owner of the record, which is zero where there is
// none.
func recordedOwner(ctx context.Context, private privateState, diags *diag.Diagnostics) owner {
	o, err := loadPrivate[owner](ctx, private, ownerKey, diags)
	if err != nil {
		diags.AddError("Unable to read the private state", "The record of the owner: "+err.Error())
	}
	return o
}
