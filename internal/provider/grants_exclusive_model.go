package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

type grantsExclusiveModel struct {
	AllowedClientIDs types.Set `tfsdk:"allowed_client_ids"`
	Unexpected       types.Set `tfsdk:"unexpected"`
	Revoked          types.Set `tfsdk:"revoked"`
}

// seenGrant is a grant that the provider has seen on the server, with what users need
// to recognize it. States hold it as JSON, so its keys stay as they are.
type seenGrant struct {
	unexpectedGrant
	CreatedAt string `tfsdk:"created_at" json:"created_at,omitempty"` // "" if the server or an old state has none
}

// unexpectedGrant is what the attribute unexpected has of a grant.
type unexpectedGrant struct {
	ID       int64  `tfsdk:"grant_id" json:"grant_id"`
	ClientID string `tfsdk:"client_id" json:"client_id"`
	AppName  string `tfsdk:"app_name" json:"app_name"`
}

var (
	unexpectedGrantType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"grant_id":  types.Int64Type,
		"client_id": types.StringType,
		"app_name":  types.StringType,
	}}
	noUnexpectedGrants = types.SetValueMust(unexpectedGrantType, []attr.Value{})

	revokedGrantType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"grant_id":   types.Int64Type,
		"client_id":  types.StringType,
		"app_name":   types.StringType,
		"created_at": types.StringType,
	}}
	noRevokedGrants = types.SetValueMust(revokedGrantType, []attr.Value{})
)

func seenGrants(grants []ghes.Grant) []seenGrant {
	seen := make([]seenGrant, 0, len(grants))
	for _, g := range grants {
		seen = append(seen, newSeenGrant(&g))
	}
	return seen
}

func newSeenGrant(g *ghes.Grant) seenGrant {
	return seenGrant{unexpectedGrant{ID: g.ID, ClientID: g.App.ClientID, AppName: g.App.Name}, wholeSeconds(g.CreatedAt)}
}

// wholeSeconds returns "" for the zero time.
func wholeSeconds(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return formatTime(t)
}

// is reports whether g is that grant and not another one that got its ID.
func (g seenGrant) is(that seenGrant) bool {
	created, err := time.Parse(time.RFC3339, g.CreatedAt)
	thatCreated, thatErr := time.Parse(time.RFC3339, that.CreatedAt)
	sameTime := err != nil || thatErr != nil || sameSecond(created, thatCreated)
	return g.ID == that.ID && g.ClientID == that.ClientID && sameTime
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
	unexpected := []unexpectedGrant{}
	for _, g := range m.notAllowed(seen) {
		unexpected = append(unexpected, g.unexpectedGrant)
	}
	set, d := types.SetValueFrom(ctx, unexpectedGrantType, unexpected)
	m.Unexpected = set
	diags.Append(d...)
}

// planRevoked sets revoked to the seen grants that are not allowed, and returns them. If
// there are none, revoked stays as the last apply left it.
func (m *grantsExclusiveModel) planRevoked(ctx context.Context, last types.Set, seen []seenGrant, diags *diag.Diagnostics) []seenGrant {
	m.Revoked = last
	revoked := m.notAllowed(seen)
	if len(revoked) > 0 {
		var d diag.Diagnostics
		m.Revoked, d = types.SetValueFrom(ctx, revokedGrantType, revoked)
		diags.Append(d...)
	}
	return revoked
}

// warnOfRevocation lists in one warning the grants that the apply revokes. The CLIs show
// in full only one of several warnings with the same summary, so the summary has an ID
// that no grant of another user has.
func (s *session) warnOfRevocation(revoked []seenGrant, diags *diag.Diagnostics) {
	if len(revoked) == 0 {
		return
	}
	var list strings.Builder
	for _, g := range revoked {
		fmt.Fprintf(&list, "  %s\n", s.describe(g))
	}
	text := fmt.Sprintf("The apply revokes these grants of %s, because their apps are not in allowed_client_ids:\n\n%s\n"+
		"All tokens of these apps for the user stop working, including tokens that Terraform did not create. This cannot be undone. To keep an app, add its client ID to allowed_client_ids.", s.account, list.String())
	text += "\n\nIf the resource is new or replaced, Terraform plans it again in the apply. If the grants have changed by then, the apply fails with " +
		"\"Provider produced inconsistent final plan\" before it revokes anything. Then plan and apply again."
	diags.AddWarning(fmt.Sprintf("Grants will be revoked: %d, beginning with ID %d", len(revoked), revoked[0].ID), text)
}

// grantsKey is the key of the seen grants in the private state.
const grantsKey = "grants"

// saveSeenGrants stores the grants that the server has, for the plan and the apply that
// follow. An update revokes no other grants.
func saveSeenGrants(ctx context.Context, private privateState, seen []seenGrant, diags *diag.Diagnostics) {
	setPrivateJSON(ctx, private, grantsKey, seen, diags)
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
