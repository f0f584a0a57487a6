package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

type grantsExclusiveModel struct {
	AllowedClientIDs types.Set `tfsdk:"allowed_client_ids"`
	Unexpected       types.Set `tfsdk:"unexpected"`
}

// seenGrant is a grant that the provider has seen on the server, with what users need
// to recognize it. States hold it as JSON, so its keys stay as they are.
type seenGrant struct {
	ID       int64  `tfsdk:"grant_id" json:"grant_id"`
	ClientID string `tfsdk:"client_id" json:"client_id"`
	AppName  string `tfsdk:"app_name" json:"app_name"`
}

var (
	seenGrantType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"grant_id":  types.Int64Type,
		"client_id": types.StringType,
		"app_name":  types.StringType,
	}}
	noSeenGrants = types.SetValueMust(seenGrantType, []attr.Value{})
)

func seenGrants(grants []ghes.Grant) []seenGrant {
	seen := make([]seenGrant, 0, len(grants))
	for _, g := range grants {
		seen = append(seen, seenGrant{ID: g.ID, ClientID: g.App.ClientID, AppName: g.App.Name})
	}
	return seen
}

// describe names a grant. The name of an app must not look like another line of a list.
func (s *session) describe(g seenGrant) string {
	return fmt.Sprintf("%d: %s, client ID %s", g.ID, s.quoted(g.AppName), s.quoted(g.ClientID))
}

// allowNow allows the apps that have a grant now, for an import. An app without a
// client ID cannot be allowed.
func (m *grantsExclusiveModel) allowNow(seen []seenGrant) {
	ids := []string{}
	for _, g := range seen {
		if g.ClientID != "" {
			ids = append(ids, g.ClientID)
		}
	}
	m.AllowedClientIDs = stringSet(ids)
}

// notAllowed returns the grants to apps that are not in allowed_client_ids.
func (m *grantsExclusiveModel) notAllowed(seen []seenGrant) []seenGrant {
	allowed := elements(m.AllowedClientIDs)
	others := []seenGrant{}
	for _, g := range seen {
		if !slices.Contains(allowed, g.ClientID) {
			others = append(others, g)
		}
	}
	return others
}

func (m *grantsExclusiveModel) setUnexpected(ctx context.Context, seen []seenGrant, diags *diag.Diagnostics) {
	set, d := types.SetValueFrom(ctx, seenGrantType, m.notAllowed(seen))
	m.Unexpected = set
	diags.Append(d...)
}

// warnOfRevocation lists in one warning the grants that the apply revokes. exact is
// false if the apply may revoke others, too. The CLIs show in full only one of several
// warnings with the same summary, so the summary has an ID that no grant of another
// user has.
func (s *session) warnOfRevocation(revoked []seenGrant, exact bool, diags *diag.Diagnostics) {
	if len(revoked) == 0 {
		return
	}
	var list strings.Builder
	for _, g := range revoked {
		fmt.Fprintf(&list, "  %s\n", s.describe(g))
	}
	text := "Grants of apps that are not in allowed_client_ids are revoked, with all tokens that stand on them:\n\n" + list.String() +
		"\nThe apps lose their access at once, until the user authorizes them again."
	summary := fmt.Sprintf("Grants will be revoked: %d, beginning with number %d", len(revoked), revoked[0].ID)
	if !exact {
		// Another summary than that of an exact warning, since a replacement is planned as
		// an update first, and the CLIs show one of the two.
		summary += ", and any that appear before the apply"
		text += " As this resource is new, a grant that appears before it is applied is revoked as well. To be sure of what goes, import the resource first."
	}
	diags.AddWarning(summary, text)
}

// grantsKey is the key of the seen grants in the private state.
const grantsKey = "grants"

// saveSeenGrants stores the grants that the server has, for the plan and the apply that
// follow. An update revokes no other grants.
func saveSeenGrants(ctx context.Context, private privateState, seen []seenGrant, diags *diag.Diagnostics) {
	if err := setPrivateJSON(ctx, private, grantsKey, seen, diags); err != nil {
		diags.AddError("Unable to write the private state", err.Error())
	}
}

// loadSeenGrants returns the grants that saveSeenGrants stored, and none if it stored
// none.
func loadSeenGrants(ctx context.Context, private privateState, diags *diag.Diagnostics) []seenGrant {
	seen, err := getPrivateJSON[[]seenGrant](ctx, private, grantsKey, diags)
	if err != nil {
		diags.AddError("Unable to read the private state", "The grants in it are not valid: "+err.Error())
	}
	return seen
}
