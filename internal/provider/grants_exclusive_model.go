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

// seenGrant is what is kept of a grant: it has to tell people what goes.
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

// String quotes what others have chosen: an app's name could pass for the next
// line of a list.
func (g seenGrant) String() string {
	return fmt.Sprintf("%d: %q, client ID %q", g.ID, g.AppName, g.ClientID)
}

// allowNow allows the apps that have a grant now, as an import does. An app
// without a client ID cannot be allowed.
func (m *grantsExclusiveModel) allowNow(seen []seenGrant) {
	ids := []string{}
	for _, g := range seen {
		if g.ClientID != "" {
			ids = append(ids, g.ClientID)
		}
	}
	m.AllowedClientIDs = setOf(ids)
}

// beyond returns the grants that are not an allowed app's.
func (m *grantsExclusiveModel) beyond(seen []seenGrant) []seenGrant {
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
	set, d := types.SetValueFrom(ctx, seenGrantType, m.beyond(seen))
	m.Unexpected = set
	diags.Append(d...)
}

// warnOf lists in one warning everything that goes. The CLIs show in full only
// one of several warnings with the same summary, so the summary has a number
// that no other user's grant has.
func warnOf(going []seenGrant, exact bool, diags *diag.Diagnostics) {
	if len(going) == 0 {
		return
	}
	var list strings.Builder
	for _, g := range going {
		fmt.Fprintf(&list, "  %s\n", g)
	}
	detail := "Grants of apps that are not in allowed_client_ids are revoked, with all tokens that stand on them:\n\n" + list.String() +
		"\nThe apps lose their access at once, until the user authorizes them again."
	summary := fmt.Sprintf("Grants will be revoked: %d, beginning with number %d", len(going), going[0].ID)
	if !exact {
		// The CLIs fold warnings that have the same summary, and a replacement is
		// planned as an update first.
		summary += ", and any that appear before the apply"
		detail += " As this resource is new, a grant that appears before it is applied is revoked as well. To be sure of what goes, import the resource first."
	}
	diags.AddWarning(summary, detail)
}

const grantsKey = "grants"

// record keeps the grants that are there, for the plan and the apply that
// follow: what is not in it is not revoked.
func record(ctx context.Context, private privateState, seen []seenGrant, diags *diag.Diagnostics) {
	if err := storePrivate(ctx, private, grantsKey, seen, diags); err != nil {
		diags.AddError("Unable to record grants", err.Error())
	}
}

// recorded returns the grants of the record, none where there is no record.
func recorded(ctx context.Context, private privateState, diags *diag.Diagnostics) []seenGrant {
	seen, err := loadPrivate[[]seenGrant](ctx, private, grantsKey, diags)
	if err != nil {
		diags.AddError("Unable to tell which grants there are", "The record in the private state: "+err.Error())
	}
	return seen
}
