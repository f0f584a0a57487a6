package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var (
	_ action.ActionWithConfigure      = (*revokeAuthorizationsAction)(nil)
	_ action.ActionWithValidateConfig = (*revokeAuthorizationsAction)(nil)
	_ action.ActionWithModifyPlan     = (*revokeAuthorizationsAction)(nil)
)

type revokeAuthorizationsAction struct{ session *session }

func newRevokeAuthorizationsAction() action.Action { return &revokeAuthorizationsAction{} }

type revokeAuthorizationsActionModel struct {
	NotePrefix    types.String  `tfsdk:"note_prefix"`
	ClientID      types.String  `tfsdk:"client_id"`
	OlderThanDays types.Float64 `tfsdk:"older_than_days"`
	DryRun        types.Bool    `tfsdk:"dry_run"`
}

func (a *revokeAuthorizationsAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_revoke_authorizations"
}

func (a *revokeAuthorizationsAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes the personal access tokens and OAuth app tokens of the user that match every filter, **also those that Terraform did not create**. This cannot be undone. " +
			"Set at least one filter: `note_prefix`, `client_id` or `older_than_days`. Requires Terraform 1.14.",
		Attributes: map[string]schema.Attribute{
			"note_prefix": schema.StringAttribute{
				MarkdownDescription: notePrefixFilter + " Must not be empty or blank.",
				Optional:            true,
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: clientIDFilter + " Must not be empty or blank. At most 20 characters.",
				Optional:            true,
			},
			"older_than_days": schema.Float64Attribute{
				MarkdownDescription: "Minimum age in days. More than 0 and at most 100000; `0.5` is 12 hours. Matches only authorizations that were created longer ago.",
				Optional:            true,
			},
			"dry_run": schema.BoolAttribute{
				MarkdownDescription: "Whether to list the matching authorizations without revoking them. Default: `false`.",
				Optional:            true,
			},
		},
	}
}

func (a *revokeAuthorizationsAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (a *revokeAuthorizationsAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config revokeAuthorizationsActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validate(&resp.Diagnostics)
	}
}

// ModifyPlan refuses unknown arguments that may become null in the apply. A null filter
// counts as not set, so that more authorizations would match.
func (a *revokeAuthorizationsAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var config revokeAuthorizationsActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validate(&resp.Diagnostics)
	if config.DryRun.IsUnknown() || config.countFilters() > 1 {
		refuseUnknown(config.unknown(), "The plan must know this argument: if it were null in the apply, the action would revoke more than intended.", &resp.Diagnostics)
	}
}

func (a *revokeAuthorizationsAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config revokeAuthorizationsActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validate(&resp.Diagnostics)
	refuseUnknown(config.unknown(), "Nothing was revoked, because the value is unknown.", &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	all, err := a.session.ListAuthorizations(ctx, config.ClientID.ValueString())
	if err != nil {
		resp.Diagnostics.Append(apiErrorsOn(nil, "read the authorizations to revoke", err)...)
		return
	}
	r := &revocation{session: a.session, progress: progressFunc(ctx, resp), now: a.session.earliestNow()}
	matching := r.choose(all, config.matches)
	if config.DryRun.ValueBool() {
		r.dryRun(matching)
		return
	}
	r.run(ctx, matching)
	r.report(&resp.Diagnostics)
}

// earliestNow returns the time of this machine's clock or of the server's, whichever is
// earlier. So the action revokes only authorizations that are old enough by both
// clocks.
func (s *session) earliestNow() time.Time {
	now := s.now()
	if serverTime, ok := s.EarliestNow(); ok && serverTime.Before(now) {
		now = serverTime
	}
	return now.UTC().Truncate(time.Second)
}

func (m *revokeAuthorizationsActionModel) filters() []actionArgument {
	return []actionArgument{{"note_prefix", m.NotePrefix}, {"client_id", m.ClientID}, {"older_than_days", m.OlderThanDays}}
}

// countFilters returns how many filters are set or unknown.
func (m *revokeAuthorizationsActionModel) countFilters() int {
	count := 0
	for _, filter := range m.filters() {
		if !filter.value.IsNull() {
			count++
		}
	}
	return count
}

func (m *revokeAuthorizationsActionModel) unknown() []string {
	return unknownNames(append(m.filters(), actionArgument{"dry_run", m.DryRun})...)
}

// validate checks the known arguments. An empty filter, which would match everything, is
// an error.
func (m *revokeAuthorizationsActionModel) validate(diags *diag.Diagnostics) {
	if m.countFilters() == 0 {
		diags.AddAttributeError(path.Root("note_prefix"), "Missing filter",
			"Set at least one of note_prefix, client_id and older_than_days. Without a filter, the action would revoke all of the user's authorizations.")
	}
	if isKnown(m.NotePrefix) && strings.TrimSpace(m.NotePrefix.ValueString()) == "" {
		diags.AddAttributeError(path.Root("note_prefix"), "Empty note_prefix",
			"Every note begins with an empty prefix. To use other filters only, remove note_prefix or set it to null.")
	}
	checkAppID(m.ClientID, diags)
	if days := m.OlderThanDays.ValueFloat64(); isKnown(m.OlderThanDays) && (days <= 0 || days > maxDays) {
		diags.AddAttributeError(path.Root("older_than_days"), "Invalid older_than_days", fmt.Sprintf("older_than_days must be more than 0 and at most %d.", maxDays))
	}
}

// matches reports whether a matches every filter at this time.
func (m *revokeAuthorizationsActionModel) matches(a *ghes.Authorization, now time.Time) bool {
	switch {
	case !m.NotePrefix.IsNull() && !hasPrefix(a.Note, m.NotePrefix.ValueString()):
		return false
	// Servers before GHES 3.0 ignore the client ID in the request.
	case !m.ClientID.IsNull() && a.App.ClientID != m.ClientID.ValueString():
		return false
	}
	return m.OlderThanDays.IsNull() || isOlder(a.CreatedAt, m.OlderThanDays.ValueFloat64(), now)
}

// isOlder reports whether created is more than so many days ago. A time before 1970 is
// one that the server does not know.
func isOlder(created time.Time, days float64, now time.Time) bool {
	return created.Unix() > 0 && created.Add(time.Duration(days*float64(24*time.Hour))).Before(now)
}
